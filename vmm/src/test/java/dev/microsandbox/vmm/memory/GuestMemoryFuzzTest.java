package dev.microsandbox.vmm.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.microsandbox.vmm.InputNumbers;
import dev.microsandbox.vmm.SeededCases;
import dev.microsandbox.vmm.linux.LinuxException;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Whatever range a guest names, the access is to RAM or is refused. */
class GuestMemoryFuzzTest {

    private static final long SMALL = 2 << 20;
    private static final long GIB = 1L << 30;

    private static @Nullable GuestMemory small;
    private static @Nullable GuestMemory large;

    @BeforeAll
    static void allocate() throws LinuxException {
        small = GuestMemory.allocate(SMALL);
        large = GuestMemory.allocate(4 * GIB);
    }

    @AfterAll
    static void close() {
        memories().forEach(GuestMemory::close);
    }

    /** Any number, often one next to a boundary. */
    private static long number(SeededCases.Values values) {
        return switch (values.random().nextInt(3)) {
            case 0 -> values.random().nextLong();
            case 1 -> values.between(0, 6 * GIB);
            default ->
                    values.oneOf(
                                    0L,
                                    4096L,
                                    SMALL,
                                    GIB,
                                    3 * GIB,
                                    4 * GIB,
                                    5 * GIB,
                                    1L << 32,
                                    1L << 52,
                                    Long.MAX_VALUE,
                                    Long.MIN_VALUE)
                            + values.between(-9, 9);
        };
    }

    /** The input is an address, a length and a value, of eight bytes each. */
    @FuzzTest
    void anyRangeIsInOneRegionOrRefused(byte[] input) throws LinuxException {
        InputNumbers numbers = new InputNumbers(input);
        long address = numbers.nextLong();
        long length = numbers.nextLong();
        assertSliceGivenOrRefused(address, length);
        assertValueReadBackOrRefused(address, numbers.nextLong());
        assertDiscardedOrRefused(address, length);
    }

    @Test
    void aSliceIsGivenExactlyIfTheRangeIsInOneRegion() {
        SeededCases.check(
                20_000, values -> assertSliceGivenOrRefused(number(values), number(values)));
    }

    @Test
    void aValueIsReadBackExactlyIfItIsInOneRegion() {
        SeededCases.check(
                5_000,
                values -> assertValueReadBackOrRefused(number(values), values.random().nextLong()));
    }

    @Test
    void aDiscardLeavesTheBytesNextToItsPages() {
        SeededCases.check(
                3_000, values -> assertDiscardedOrRefused(number(values), number(values)));
    }

    private static void assertSliceGivenOrRefused(long address, long length) {
        for (GuestMemory memory : memories()) {
            if (isInOneRegion(memory, address, length)) {
                MemorySegment slice = memory.slice(address, length);
                assertThat(slice.byteSize()).isEqualTo(length);
                long low = memory.regions().getFirst().segment().address();
                assertThat(slice.address())
                        .isEqualTo(low + (address > 3 * GIB ? address - GIB : address));
            } else {
                assertThatExceptionOfType(GuestAddressException.class)
                        .isThrownBy(() -> memory.slice(address, length));
            }
        }
    }

    private static void assertValueReadBackOrRefused(long address, long value) {
        for (GuestMemory memory : memories()) {
            if (isInOneRegion(memory, address, 8)) {
                memory.putU64(address, value);
                assertThat(memory.u64(address)).isEqualTo(value);
                assertThat(memory.u32(address)).isEqualTo((int) value);
                assertThat(memory.u16(address + 6)).isEqualTo((int) (value >>> 48));
            } else {
                assertThatExceptionOfType(GuestAddressException.class)
                        .isThrownBy(() -> memory.putU64(address, value));
                assertThatExceptionOfType(GuestAddressException.class)
                        .isThrownBy(() -> memory.u64(address));
            }
        }
    }

    private static void assertDiscardedOrRefused(long address, long length) throws LinuxException {
        for (GuestMemory memory : memories()) {
            if (!isInOneRegion(memory, address, length)) {
                assertThatExceptionOfType(GuestAddressException.class)
                        .isThrownBy(() -> memory.discard(address, length));
                continue;
            }
            long from = Math.ceilDiv(address, 4096) * 4096;
            long to = Math.floorDiv(address + length, 4096) * 4096;
            if (isInOneRegion(memory, from - 1, 1)) {
                memory.putU8(from - 1, 7);
            }
            if (isInOneRegion(memory, to, 1)) {
                memory.putU8(to, 9);
            }
            if (from < to) {
                memory.putU8(from, 1);
                memory.putU8(to - 1, 2);
            }
            memory.discard(address, length);
            if (from < to) {
                assertThat(memory.u8(from)).isZero();
                assertThat(memory.u8(to - 1)).isZero();
            }
            if (isInOneRegion(memory, from - 1, 1)) {
                assertThat(memory.u8(from - 1)).isEqualTo(7);
            }
            if (isInOneRegion(memory, to, 1)) {
                assertThat(memory.u8(to)).isEqualTo(9);
            }
        }
    }

    /** The expected answer, computed with numbers that cannot overflow. */
    private static boolean isInOneRegion(GuestMemory memory, long address, long length) {
        BigInteger from = BigInteger.valueOf(address);
        BigInteger to = from.add(BigInteger.valueOf(length));
        return length >= 0
                && memory.regions().stream()
                        .anyMatch(
                                region ->
                                        from.longValueExact() >= region.guestAddress()
                                                && to.compareTo(
                                                                BigInteger.valueOf(
                                                                        region.guestAddress()
                                                                                + region.size()))
                                                        <= 0);
    }

    private static List<GuestMemory> memories() {
        if (small == null || large == null) {
            throw new IllegalStateException("not allocated");
        }
        return List.of(small, large);
    }
}
