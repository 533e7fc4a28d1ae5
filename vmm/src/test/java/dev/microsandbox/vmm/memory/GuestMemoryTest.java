package dev.microsandbox.vmm.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.microsandbox.vmm.linux.LinuxException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
@SuppressWarnings("NullAway.Init") // made before each test
class GuestMemoryTest {

    private static final long SIZE = 4 << 20;

    private GuestMemory memory;

    @BeforeEach
    void allocate() throws Exception {
        memory = GuestMemory.allocate(SIZE);
    }

    @AfterEach
    void close() {
        memory.close();
    }

    @Test
    void isOneRegionOfZeros() {
        assertThat(memory.size()).isEqualTo(SIZE);
        GuestMemory.Region region = memory.regions().getFirst();
        assertThat(memory.regions()).hasSize(1);
        assertThat(region.guestAddress()).isZero();
        assertThat(region.size()).isEqualTo(SIZE);
        assertThat(region.segment().byteSize()).isEqualTo(SIZE);
        assertThat(region.segment().toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
    }

    @Test
    void twoMemoriesAreApart() throws Exception {
        try (GuestMemory other = GuestMemory.allocate(SIZE)) {
            other.putU8(5, 7);
            assertThat(memory.u8(5)).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, -4096, 1, 4095, 4097, Long.MIN_VALUE, Long.MAX_VALUE})
    void sizesThatAreNoWholePagesAreRefused(long bytes) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GuestMemory.allocate(bytes))
                .withMessage("%s bytes of RAM are no whole pages", bytes);
    }

    @Test
    void moreThanAnAddressSpaceCannotBeHad() throws Exception {
        long before = openFiles();
        for (int i = 0; i < 100; i++) {
            assertThatExceptionOfType(LinuxException.class)
                    .isThrownBy(() -> GuestMemory.allocate(1L << 60))
                    .withMessageContaining("1152921504606846976 bytes");
        }
        assertThat(openFiles()).isLessThan(before + 50);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "0, 4194304", "4194303, 1", "4194304, 0", "4096, 100", "1, 4194303"})
    void aRangeWithinRamIsASliceOfIt(long address, long length) {
        MemorySegment slice = memory.slice(address, length);
        assertThat(slice.byteSize()).isEqualTo(length);
        assertThat(slice.address())
                .isEqualTo(memory.regions().getFirst().segment().address() + address);
    }

    @ParameterizedTest
    @CsvSource({
        "-1, 1",
        "-1, 0",
        "0, -1",
        "0, 4194305",
        "4194304, 1",
        "4194305, 0",
        "4194303, 2",
        "1, 9223372036854775807",
        "9223372036854775807, 1",
        "9223372036854775807, 9223372036854775807",
        "-9223372036854775808, 0",
        "-9223372036854775808, -9223372036854775808",
        "4096, -4096",
        "0xc0000000, 1",
        "0x100000000, 1"
    })
    void aRangeBeyondRamIsRefused(String address, long length) {
        long from = Long.decode(address);
        assertRefused(() -> memory.slice(from, length), from, length);
        assertRefused(() -> memory.discard(from, length), from, length);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2, 3, 4, 5, 6, 7, 4095, 0x12345})
    void valuesAreLittleEndianAtAnyAlignment(long at) {
        memory.putU64(at, 0x8877_6655_4433_2211L);
        for (int i = 0; i < 8; i++) {
            assertThat(memory.u8(at + i)).isEqualTo(0x11 * (i + 1));
        }
        assertThat(memory.u16(at + 6)).isEqualTo(0x8877);
        assertThat(memory.u32(at + 4)).isEqualTo(0x88776655);
        assertThat(memory.u64(at)).isEqualTo(0x8877_6655_4433_2211L);
        memory.putU32(at + 2, 0xddccbbaa);
        memory.putU16(at, 0xf1f0ff);
        memory.putU8(at + 7, 0x1234);
        assertThat(memory.u64(at)).isEqualTo(0x3477_ddcc_bbaa_f0ffL);
    }

    @Test
    void accessorsEndWithRam() {
        memory.putU8(SIZE - 1, 1);
        memory.putU16(SIZE - 2, 2);
        memory.putU32(SIZE - 4, 3);
        memory.putU64(SIZE - 8, 4);
        memory.putU16Release(SIZE - 2, 5);
        assertThat(memory.u16Acquire(SIZE - 2)).isEqualTo(5);
        assertThat(memory.u64(SIZE - 8)).isEqualTo(4 | 5L << 48);
        for (long at : new long[] {SIZE, -1, Long.MAX_VALUE, Long.MIN_VALUE, 0xd000_0000L}) {
            assertRefused(() -> memory.u8(at), at, 1);
            assertRefused(() -> memory.putU8(at, 0), at, 1);
        }
        for (long at : new long[] {SIZE - 1, SIZE, -1, -2, Long.MAX_VALUE, Long.MIN_VALUE}) {
            assertRefused(() -> memory.u16(at), at, 2);
            assertRefused(() -> memory.putU16(at, 0), at, 2);
            assertRefused(() -> memory.u16Acquire(at), at, 2);
            assertRefused(() -> memory.putU16Release(at, 0), at, 2);
        }
        for (long at : new long[] {SIZE - 3, SIZE, -4, Long.MAX_VALUE, Long.MIN_VALUE}) {
            assertRefused(() -> memory.u32(at), at, 4);
            assertRefused(() -> memory.putU32(at, 0), at, 4);
        }
        for (long at : new long[] {SIZE - 7, SIZE, -8, Long.MAX_VALUE, Long.MIN_VALUE}) {
            assertRefused(() -> memory.u64(at), at, 8);
            assertRefused(() -> memory.putU64(at, 0), at, 8);
        }
    }

    @Test
    void orderedAccessesAreAligned() {
        memory.putU16Release(0x1000, 0x1_fffe);
        assertThat(memory.u16Acquire(0x1000)).isEqualTo(0xfffe);
        assertThat(memory.u8(0x1000)).isEqualTo(0xfe);
        assertThat(memory.u8(0x1001)).isEqualTo(0xff);
        assertThat(memory.u8(0x1002)).isZero();
        assertRefused(() -> memory.u16Acquire(0x1001), 0x1001, 2);
        assertRefused(() -> memory.putU16Release(0x1001, 0), 0x1001, 2);
    }

    @Test
    void discardingZeroesTheWholePagesOfARange() throws Exception {
        memory.slice(0, 8 * 4096).fill((byte) 1);
        memory.discard(4096 + 1, 4 * 4096);
        assertThat(nonZeroBytes(0, 2 * 4096)).isEqualTo(2 * 4096);
        assertThat(nonZeroBytes(2 * 4096, 3 * 4096)).isZero();
        assertThat(nonZeroBytes(5 * 4096, 3 * 4096)).isEqualTo(3 * 4096);
    }

    @Test
    void discardingLessThanAPageChangesNothing() throws Exception {
        memory.slice(0, 4 * 4096).fill((byte) 1);
        memory.discard(1, 4095);
        memory.discard(1, 4095 + 4095);
        memory.discard(4096, 4095);
        memory.discard(4096, 0);
        memory.discard(4095, 2);
        assertThat(nonZeroBytes(0, 4 * 4096)).isEqualTo(4 * 4096);
        memory.discard(4095, 4097);
        assertThat(nonZeroBytes(0, 4 * 4096)).isEqualTo(3 * 4096);
    }

    @Test
    void allRamCanBeDiscardedAndUsedAgain() throws Exception {
        memory.regions().getFirst().segment().fill((byte) 1);
        memory.discard(0, SIZE);
        memory.discard(SIZE, 0);
        assertThat(nonZeroBytes(0, SIZE)).isZero();
        memory.putU64(SIZE - 8, 42);
        assertThat(memory.u64(SIZE - 8)).isEqualTo(42);
    }

    @Test
    void hostMemoryIsTakenByTouchAndGivenBack() throws Exception {
        assertThat(residentKiB()).isLessThan(64);
        memory.slice(0, 2 << 20).fill((byte) 1);
        assertThat(residentKiB()).isBetween(2048, 2112);
        memory.discard(1 << 20, 1 << 20);
        assertThat(residentKiB()).isBetween(1024, 1088);
    }

    @Test
    void afterClosingAnAccessIsRefusedAndNoFault() {
        MemorySegment slice = memory.slice(0, 8);
        memory.close();
        memory.close();
        assertThatIllegalStateException().isThrownBy(() -> slice.get(ValueLayout.JAVA_BYTE, 0));
        assertThatIllegalStateException().isThrownBy(() -> memory.u8(0));
        assertThatIllegalStateException().isThrownBy(() -> memory.putU64(0, 1));
        assertThatIllegalStateException().isThrownBy(() -> memory.discard(0, 4096));
    }

    @Test
    void aRefusalCostsNoStackTrace() {
        GuestAddressException e = new GuestAddressException(0xdead_0000L, 5);
        assertThat(e).hasMessage("guest range 0xdead0000 + 5 bytes is not in RAM");
        assertThat(e.getStackTrace()).isEmpty();
    }

    private interface Access {
        void run() throws LinuxException;
    }

    private static void assertRefused(Access access, long address, long length) {
        assertThatExceptionOfType(GuestAddressException.class)
                .isThrownBy(access::run)
                .withMessage("guest range %#x + %d bytes is not in RAM", address, length);
    }

    private long nonZeroBytes(long address, long length) {
        byte[] bytes = memory.slice(address, length).toArray(ValueLayout.JAVA_BYTE);
        long count = 0;
        for (byte b : bytes) {
            count += b == 0 ? 0 : 1;
        }
        return count;
    }

    private static long openFiles() throws Exception {
        try (var files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        }
    }

    /** How much of the RAM is resident in the host's memory: proc_pid_smaps(5). */
    private int residentKiB() throws Exception {
        List<String> lines = Files.readAllLines(Path.of("/proc/self/smaps"));
        String range = "%08x-".formatted(memory.slice(0, 0).address());
        int start = 0;
        while (!lines.get(start).startsWith(range)) {
            start++;
        }
        assertThat(lines.get(start)).contains("/memfd:guest-memory").contains(" rw-s ");
        while (!lines.get(start).startsWith("Rss:")) {
            start++;
        }
        return Integer.parseInt(lines.get(start).replaceAll("\\D", ""));
    }
}
