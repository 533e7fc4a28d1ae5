package dev.microsandbox.vmm.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.microsandbox.vmm.linux.LinuxException;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.jspecify.annotations.Nullable;

/** Whatever range a guest names, it gets RAM or a refusal. */
class GuestMemoryFuzzTest {

    private static final long SMALL = 2 << 20;
    private static final long GIB = 1L << 30;

    private static @Nullable GuestMemory small;
    private static @Nullable GuestMemory large;

    @BeforeContainer
    static void allocate() throws LinuxException {
        small = GuestMemory.allocate(SMALL);
        large = GuestMemory.allocate(4 * GIB);
    }

    @AfterContainer
    static void close() {
        memories().forEach(GuestMemory::close);
    }

    /** Any number, and often one that is next to a border. */
    @Provide
    Arbitrary<Long> numbers() {
        Arbitrary<Long> borders =
                Arbitraries.of(
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
                        Long.MIN_VALUE);
        Arbitrary<Long> near = Arbitraries.longs().between(-9, 9);
        return Arbitraries.oneOf(
                Arbitraries.longs(),
                Arbitraries.longs().between(0, 6 * GIB),
                borders.flatMap(border -> near.map(distance -> border + distance)));
    }

    @Property(tries = 20_000)
    void aSliceIsGivenExactlyIfTheRangeIsInOneRegion(
            @ForAll("numbers") long address, @ForAll("numbers") long length) {
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

    @Property(tries = 5_000)
    void aValueIsReadBackExactlyIfItIsInOneRegion(
            @ForAll("numbers") long address, @ForAll long value) {
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

    @Property(tries = 3_000)
    void aDiscardLeavesTheBytesNextToItsPages(
            @ForAll("numbers") long address, @ForAll("numbers") long length) throws LinuxException {
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

    /** With numbers that cannot overflow. */
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
