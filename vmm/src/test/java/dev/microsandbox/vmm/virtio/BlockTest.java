package dev.microsandbox.vmm.virtio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.memory.GuestMemory;
import dev.microsandbox.vmm.virtio.TestDriver.Buffer;
import dev.microsandbox.vmm.virtio.TestDriver.Used;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class BlockTest {

    private static final int SECTORS = 64;
    private static final long HEADER = TestDriver.BUFFERS;
    private static final long STATUS = TestDriver.BUFFERS + 0x100;
    private static final long DATA = TestDriver.BUFFERS + 0x1000;

    @TempDir Path directory;

    private final List<String> complaints = new ArrayList<>();
    private final byte[] content = new byte[SECTORS * 512 + 100];
    private Path file;
    private GuestMemory memory;
    private BlockFile disk;
    private TestDriver driver;

    @BeforeEach
    void setUp() throws Exception {
        new Random(1).nextBytes(content);
        file = Files.write(directory.resolve("disk"), content);
        memory = GuestMemory.allocate(4 << 20);
        open(BlockFile.writable(file));
    }

    private void open(BlockFile opened) {
        disk = opened;
        driver =
                new TestDriver(new Block(disk, "microsandbox", complaints::add), memory)
                        .initialize();
    }

    @AfterEach
    void tearDown() {
        disk.close();
        memory.close();
    }

    @Test
    void saysWhatItIs() throws Exception {
        assertThat(driver.get(MmioRegister.CONFIG)).isEqualTo(SECTORS);
        assertThat(driver.get(MmioRegister.CONFIG + 12)).as("segments").isEqualTo(254);
        disk.close();
        open(BlockFile.readOnly(file));
        driver.set(MmioRegister.DEVICE_FEATURES_SELECT, 0);
        assertThat(driver.get(MmioRegister.DEVICE_FEATURES) & 1 << 5).isNotZero();
        assertThat(driver.get(MmioRegister.DEVICE_FEATURES) & 1 << 13).isZero();
    }

    @Test
    void reads() {
        header(BlockProtocol.IN, 3);
        assertThat(
                        driver.ring(0)
                                .request(
                                        Buffer.readable(HEADER, 16),
                                        Buffer.writable(DATA, 512),
                                        Buffer.writable(DATA + 0x1000, 1024),
                                        Buffer.writable(STATUS, 1)))
                .containsExactly(new Used(0, 1537));
        assertThat(status()).isEqualTo(BlockProtocol.OK);
        assertThat(bytes(DATA, 512)).isEqualTo(Arrays.copyOfRange(content, 1536, 2048));
        assertThat(bytes(DATA + 0x1000, 1024)).isEqualTo(Arrays.copyOfRange(content, 2048, 3072));
    }

    /** The driver may split a request anywhere (2.7.4.1 with VERSION_1). */
    @Test
    void readsWithHeaderAndStatusInPieces() {
        header(BlockProtocol.IN, 0);
        driver.ring(0)
                .request(
                        Buffer.readable(HEADER, 3),
                        Buffer.readable(HEADER + 3, 0),
                        Buffer.readable(HEADER + 3, 13),
                        Buffer.writable(DATA, 500),
                        Buffer.writable(DATA + 500, 13));
        assertThat(bytes(DATA, 512)).isEqualTo(Arrays.copyOf(content, 512));
        assertThat(memory.u8(DATA + 512)).isEqualTo(BlockProtocol.OK);
    }

    @Test
    void writesAndFlushes() throws Exception {
        byte[] sector = new byte[512];
        new Random(2).nextBytes(sector);
        memory.slice(DATA, 512).copyFrom(MemorySegment.ofArray(sector));
        assertThat(request(BlockProtocol.OUT, 63, Buffer.readable(DATA, 512)))
                .isEqualTo(BlockProtocol.OK);
        assertThat(request(BlockProtocol.FLUSH_REQUEST, 0)).isEqualTo(BlockProtocol.OK);
        byte[] written = Files.readAllBytes(file);
        assertThat(Arrays.copyOfRange(written, 63 * 512, 64 * 512)).isEqualTo(sector);
        assertThat(written).hasSize(content.length);
    }

    @Test
    void tellsItsName() {
        header(BlockProtocol.GET_ID, 0);
        driver.ring(0)
                .request(
                        Buffer.readable(HEADER, 16),
                        Buffer.writable(DATA, 20),
                        Buffer.writable(STATUS, 1));
        assertThat(status()).isEqualTo(BlockProtocol.OK);
        assertThat(new String(bytes(DATA, 12), java.nio.charset.StandardCharsets.US_ASCII))
                .isEqualTo("microsandbox");
        assertThat(memory.u8(DATA + 12)).isZero();
    }

    @Test
    void discardsAndZeroes() throws Exception {
        range(DATA, 1, 2, 0);
        assertThat(request(BlockProtocol.DISCARD_REQUEST, 0, Buffer.readable(DATA, 16)))
                .isEqualTo(BlockProtocol.OK);
        range(DATA, 10, 1, 1);
        range(DATA + 16, 20, 1, 0);
        assertThat(request(BlockProtocol.WRITE_ZEROES_REQUEST, 0, Buffer.readable(DATA, 32)))
                .isEqualTo(BlockProtocol.OK);
        byte[] now = Files.readAllBytes(file);
        byte[] expected = content.clone();
        Arrays.fill(expected, 512, 1536, (byte) 0);
        Arrays.fill(expected, 5120, 5632, (byte) 0);
        Arrays.fill(expected, 10240, 10752, (byte) 0);
        assertThat(now).isEqualTo(expected);
    }

    @Test
    void absurdRangesAreRefused() throws Exception {
        range(DATA, 63, 2, 0);
        assertThat(request(BlockProtocol.DISCARD_REQUEST, 0, Buffer.readable(DATA, 16)))
                .isEqualTo(BlockProtocol.IO_ERROR);
        range(DATA, -1, 1, 0);
        assertThat(request(BlockProtocol.DISCARD_REQUEST, 0, Buffer.readable(DATA, 16)))
                .isEqualTo(BlockProtocol.IO_ERROR);
        range(DATA, 0, -1, 0);
        assertThat(request(BlockProtocol.WRITE_ZEROES_REQUEST, 0, Buffer.readable(DATA, 16)))
                .isEqualTo(BlockProtocol.IO_ERROR);
        range(DATA, 0, 1, 2);
        assertThat(request(BlockProtocol.WRITE_ZEROES_REQUEST, 0, Buffer.readable(DATA, 16)))
                .isEqualTo(BlockProtocol.UNSUPPORTED);
        assertThat(request(BlockProtocol.DISCARD_REQUEST, 0, Buffer.readable(DATA, 15)))
                .isEqualTo(BlockProtocol.IO_ERROR);
        assertThat(request(BlockProtocol.DISCARD_REQUEST, 0, Buffer.readable(DATA, 17 * 16)))
                .isEqualTo(BlockProtocol.IO_ERROR);
        assertThat(Files.readAllBytes(file)).isEqualTo(content);
    }

    @ParameterizedTest
    @ValueSource(longs = {64, 63, -1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 55})
    void sectorsBeyondTheEndAreRefused(long sector) throws Exception {
        assertThat(request(BlockProtocol.IN, sector, Buffer.writable(DATA, 1024)))
                .isEqualTo(BlockProtocol.IO_ERROR);
        assertThat(request(BlockProtocol.OUT, sector, Buffer.readable(DATA, 1024)))
                .isEqualTo(BlockProtocol.IO_ERROR);
        assertThat(Files.readAllBytes(file)).isEqualTo(content);
    }

    @Test
    void partsOfSectorsAreRefused() throws Exception {
        assertThat(request(BlockProtocol.IN, 0, Buffer.writable(DATA, 511)))
                .isEqualTo(BlockProtocol.IO_ERROR);
        assertThat(request(BlockProtocol.OUT, 0, Buffer.readable(DATA, 513)))
                .isEqualTo(BlockProtocol.IO_ERROR);
        assertThat(Files.readAllBytes(file)).isEqualTo(content);
    }

    @Test
    void aRequestWithoutStatusOrHeaderHarmsNobody() {
        header(BlockProtocol.IN, 0);
        assertThat(driver.ring(0).request(Buffer.readable(HEADER, 16)))
                .containsExactly(new Used(0, 0));
        assertThat(driver.ring(0).request(Buffer.writable(STATUS, 1)))
                .containsExactly(new Used(1, 1));
        assertThat(status()).isEqualTo(BlockProtocol.IO_ERROR);
        assertThat(driver.ring(0).request(Buffer.readable(HEADER, 15), Buffer.writable(STATUS, 1)))
                .hasSize(1);
        assertThat(status()).isEqualTo(BlockProtocol.IO_ERROR);
    }

    @Test
    void anUnknownRequestIsUnsupported() {
        assertThat(request(0x1234, 0)).isEqualTo(BlockProtocol.UNSUPPORTED);
        assertThat(request(-1, 0)).isEqualTo(BlockProtocol.UNSUPPORTED);
    }

    @Test
    void aReadOnlyDiskIsNotWritten() throws Exception {
        disk.close();
        open(BlockFile.readOnly(file));
        assertThat(request(BlockProtocol.OUT, 0, Buffer.readable(DATA, 512)))
                .isEqualTo(BlockProtocol.IO_ERROR);
        range(DATA, 0, 1, 0);
        assertThat(request(BlockProtocol.DISCARD_REQUEST, 0, Buffer.readable(DATA, 16)))
                .isEqualTo(BlockProtocol.UNSUPPORTED);
        assertThat(request(BlockProtocol.FLUSH_REQUEST, 0)).isEqualTo(BlockProtocol.OK);
        assertThat(Files.readAllBytes(file)).isEqualTo(content);
        assertThat(complaints).isEmpty();
    }

    @Test
    void aFileThatBecameShorterIsAnError() throws Exception {
        Files.write(file, new byte[100]);
        assertThat(request(BlockProtocol.IN, 0, Buffer.writable(DATA, 512)))
                .isEqualTo(BlockProtocol.IO_ERROR);
    }

    @Test
    void aFullHostDiskIsToldOnceToTheHostAndAlwaysToTheGuest() throws Exception {
        disk.close();
        // Reads as zeros, and every write fails with ENOSPC.
        BlockFile full = BlockFile.writable(Path.of("/dev/full"));
        open(new BlockFile(full.file(), 64, false));
        for (int i = 0; i < 3; i++) {
            assertThat(request(BlockProtocol.OUT, 0, Buffer.readable(DATA, 512)))
                    .isEqualTo(BlockProtocol.IO_ERROR);
        }
        assertThat(complaints)
                .singleElement()
                .asString()
                .startsWith("The host's disk is full: pwritev(/dev/full, 512 bytes at 0): ENOSPC");
    }

    @Test
    void manyRequestsAreAllServed() {
        header(BlockProtocol.IN, 0);
        for (int i = 0; i < 80; i++) {
            driver.ring(0)
                    .add(
                            Buffer.readable(HEADER, 16),
                            Buffer.writable(DATA, 512),
                            Buffer.writable(STATUS, 1));
        }
        driver.ring(0).kick();
        assertThat(driver.ring(0).used()).hasSize(80).allMatch(used -> used.length() == 513);
    }

    @Test
    void aFloodIsServedInTurnsWithOtherDevices() {
        header(BlockProtocol.FLUSH_REQUEST, 0);
        for (int i = 0; i < 100; i++) {
            driver.ring(0).add(Buffer.readable(HEADER, 16), Buffer.writable(STATUS, 1));
        }
        assertThat(driver.window.notified(0)).as("there is more").isTrue();
        assertThat(driver.ring(0).used()).hasSize(16);
    }

    private int request(int type, long sector, Buffer... data) {
        header(type, sector);
        memory.putU8(STATUS, 0x55);
        List<Buffer> buffers = new ArrayList<>();
        buffers.add(Buffer.readable(HEADER, 16));
        buffers.addAll(List.of(data));
        buffers.add(Buffer.writable(STATUS, 1));
        assertThat(driver.ring(0).request(buffers.toArray(Buffer[]::new))).hasSize(1);
        return status();
    }

    private void header(int type, long sector) {
        memory.putU32(HEADER, type);
        memory.putU64(HEADER + 8, sector);
    }

    private void range(long at, long sector, int count, int flags) {
        memory.putU64(at, sector);
        memory.putU32(at + 8, count);
        memory.putU32(at + 12, flags);
    }

    private int status() {
        return memory.u8(STATUS);
    }

    private byte[] bytes(long address, int length) {
        return memory.slice(address, length).toArray(ValueLayout.JAVA_BYTE);
    }
}
