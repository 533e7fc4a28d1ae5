package dev.microsandbox.vmm.virtio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.memory.GuestMemory;
import dev.microsandbox.vmm.virtio.TestDriver.Buffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class BalloonTest {

    private static final int INFLATE = 0;
    private static final int DEFLATE = 1;
    private static final int REPORTING = 2;
    private static final long PAGE = 4096;

    private GuestMemory memory;
    private Balloon balloon;
    private TestDriver driver;

    @BeforeEach
    void setUp() throws Exception {
        memory = GuestMemory.allocate(16 << 20);
        balloon = new Balloon(memory);
        driver = new TestDriver(balloon, memory).initialize();
    }

    @AfterEach
    void tearDown() {
        memory.close();
    }

    @Test
    void inflatedPagesAreGivenBack() {
        for (long page = 1024; page < 1034; page++) {
            memory.putU64(page * PAGE, 7);
        }
        frames(1024, 1025, 1027, 1029, 1028);
        assertThat(driver.ring(INFLATE).request(Buffer.readable(TestDriver.BUFFERS, 20)))
                .hasSize(1);
        for (long page : new long[] {1024, 1025, 1027, 1028, 1029}) {
            assertThat(memory.u64(page * PAGE)).as("page %d", page).isZero();
        }
        for (long page : new long[] {1026, 1030}) {
            assertThat(memory.u64(page * PAGE)).as("page %d", page).isEqualTo(7);
        }
        frames(1024);
        assertThat(driver.ring(DEFLATE).request(Buffer.readable(TestDriver.BUFFERS, 4))).hasSize(1);
    }

    @Test
    void reportedRangesAreGivenBackByWholePages() {
        long at = 1024 * PAGE;
        memory.slice(at, 4 * PAGE).fill((byte) 7);
        driver.ring(REPORTING)
                .request(Buffer.writable(at + 100, 2 * PAGE), Buffer.writable(at + 3 * PAGE, PAGE));
        assertThat(memory.u8(at + PAGE - 1)).isEqualTo(7);
        assertThat(memory.u8(at + PAGE)).isZero();
        assertThat(memory.u8(at + 2 * PAGE - 1)).isZero();
        assertThat(memory.u8(at + 2 * PAGE)).isEqualTo(7);
        assertThat(memory.u8(at + 3 * PAGE)).isZero();
    }

    @Test
    void framesThatAreNoMemoryAreIgnored() {
        frames(-1, 4096, 0x7fff_ffff, 1024);
        memory.putU64(1024 * PAGE, 7);
        assertThat(driver.ring(INFLATE).request(Buffer.readable(TestDriver.BUFFERS, 16)))
                .hasSize(1);
        assertThat(memory.u64(1024 * PAGE)).isZero();
    }

    /** Other hypervisors have trusted the descriptor lengths of balloon requests. */
    @Test
    void lengthsOfEverySortAreBounded() {
        for (long length : new long[] {0, 1, 3, 5, 8 << 20}) {
            assertThat(driver.ring(INFLATE).request(Buffer.readable(4 << 20, length))).hasSize(1);
            assertThat(driver.ring(INFLATE).request(Buffer.writable(4 << 20, length))).hasSize(1);
            assertThat(driver.ring(REPORTING).request(Buffer.readable(4 << 20, length))).hasSize(1);
        }
        assertThat(driver.needsReset()).isFalse();
    }

    /** A guest that discards all of its memory, including the rings, harms only itself. */
    @Test
    void aGuestMayGiveAwayEverything() {
        driver.ring(REPORTING).add(Buffer.writable(0, 16 << 20));
        driver.ring(REPORTING).kick();
        assertThat(memory.u64(TestDriver.RINGS)).isZero();
        driver.initialize();
        frames(2000);
        assertThat(driver.ring(INFLATE).request(Buffer.readable(TestDriver.BUFFERS, 4))).hasSize(1);
    }

    @Test
    void theTargetIsToldAndTheActualSizeIsHeard() {
        int generation = driver.get(MmioRegister.CONFIG_GENERATION);
        balloon.setTarget(1000);
        assertThat(driver.get(MmioRegister.CONFIG)).isEqualTo(1000);
        assertThat(driver.get(MmioRegister.CONFIG_GENERATION)).isNotEqualTo(generation);
        assertThat(driver.get(MmioRegister.INTERRUPT_STATUS)).isEqualTo(2);
        driver.set(MmioRegister.CONFIG + 4, 900);
        driver.set(MmioRegister.CONFIG, 5);
        assertThat(balloon.actual()).isEqualTo(900);
        assertThat(driver.get(MmioRegister.CONFIG)).isEqualTo(1000);
    }

    private void frames(int... frames) {
        for (int i = 0; i < frames.length; i++) {
            memory.putU32(TestDriver.BUFFERS + 4L * i, frames[i]);
        }
    }
}
