package dev.microsandbox.vmm.memory;

import dev.microsandbox.vmm.linux.FileDescriptor;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.linux.Mapping;
import dev.microsandbox.vmm.linux.Memfd;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.List;

/**
 * The guest's RAM: one memfd, mapped here and given to KVM. Every access by guest-physical address
 * is checked against the RAM's bounds. Thread-safe; the guest and other threads may change any byte
 * at any time, so what is to be judged is copied first.
 */
public final class GuestMemory implements AutoCloseable {

    /** Seen as "/memfd:guest-memory" in /proc/PID/maps. */
    private static final String NAME = "guest-memory";

    private static final ValueLayout.OfShort U16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt U32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong U64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final VarHandle ORDERED_U16 =
            ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

    private final FileDescriptor file;
    private final Mapping mapping;
    private final long size;

    /** Up to the MMIO gap. */
    private final Region low;

    private final List<Region> regions;

    private GuestMemory(FileDescriptor file, Mapping mapping, long size) {
        this.file = file;
        this.mapping = mapping;
        this.size = size;
        long lowSize = Math.min(size, GuestLayout.MMIO_GAP_START);
        this.low = new Region(0, lowSize, mapping.segment().asSlice(0, lowSize));
        this.regions =
                size == lowSize
                        ? List.of(low)
                        : List.of(
                                low,
                                new Region(
                                        GuestLayout.MMIO_GAP_END,
                                        size - lowSize,
                                        mapping.segment().asSlice(lowSize)));
    }

    /**
     * A contiguous range of RAM.
     *
     * @param guestAddress guest-physical
     * @param size in bytes
     * @param segment where it is in this process
     */
    public record Region(long guestAddress, long size, MemorySegment segment) {}

    /**
     * Fresh RAM, all zeros; it takes host memory as it is touched.
     *
     * @param bytes a positive multiple of the page size
     */
    public static GuestMemory allocate(long bytes) throws LinuxException {
        if (bytes <= 0 || bytes % GuestLayout.PAGE_SIZE != 0) {
            throw new IllegalArgumentException(bytes + " bytes of RAM are no whole pages");
        }
        FileDescriptor file = Memfd.create(NAME, bytes);
        try {
            return new GuestMemory(file, Mapping.shared(file.number(), 0, bytes), bytes);
        } catch (LinuxException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /** All RAM in bytes. */
    public long size() {
        return size;
    }

    /** RAM as the guest sees it: one region, or two where it goes on behind the MMIO gap. */
    public List<Region> regions() {
        return regions;
    }

    /**
     * A range as native memory.
     *
     * @throws GuestAddressException if it is not wholly within one region
     */
    public MemorySegment slice(long guestAddress, long length) {
        Region region = region(guestAddress, length);
        return region.segment().asSlice(guestAddress - region.guestAddress(), length);
    }

    public int u8(long address) {
        Region region = region(address, 1);
        return region.segment().get(ValueLayout.JAVA_BYTE, address - region.guestAddress()) & 0xff;
    }

    public int u16(long address) {
        Region region = region(address, Short.BYTES);
        return region.segment().get(U16, address - region.guestAddress()) & 0xffff;
    }

    public int u32(long address) {
        Region region = region(address, Integer.BYTES);
        return region.segment().get(U32, address - region.guestAddress());
    }

    public long u64(long address) {
        Region region = region(address, Long.BYTES);
        return region.segment().get(U64, address - region.guestAddress());
    }

    public void putU8(long address, int value) {
        Region region = region(address, 1);
        region.segment().set(ValueLayout.JAVA_BYTE, address - region.guestAddress(), (byte) value);
    }

    public void putU16(long address, int value) {
        Region region = region(address, Short.BYTES);
        region.segment().set(U16, address - region.guestAddress(), (short) value);
    }

    public void putU32(long address, int value) {
        Region region = region(address, Integer.BYTES);
        region.segment().set(U32, address - region.guestAddress(), value);
    }

    public void putU64(long address, long value) {
        Region region = region(address, Long.BYTES);
        region.segment().set(U64, address - region.guestAddress(), value);
    }

    /**
     * Reads so that nothing that the guest wrote before it wrote this is missed.
     *
     * @param address even
     */
    public int u16Acquire(long address) {
        Region region = aligned16(address);
        return (short) ORDERED_U16.getAcquire(region.segment(), address - region.guestAddress())
                & 0xffff;
    }

    /**
     * Writes so that a guest that sees it sees all that was written before.
     *
     * @param address even
     */
    public void putU16Release(long address, int value) {
        Region region = aligned16(address);
        ORDERED_U16.setRelease(region.segment(), address - region.guestAddress(), (short) value);
    }

    /**
     * Gives the whole pages of a range back to the host; the guest finds zeros there.
     *
     * @throws GuestAddressException if the range is not wholly within one region
     */
    public void discard(long guestAddress, long length) throws LinuxException {
        Region region = region(guestAddress, length);
        long mask = GuestLayout.PAGE_SIZE - 1;
        long from = (guestAddress + mask) & ~mask;
        long to = (guestAddress + length) & ~mask;
        if (from < to) {
            boolean isLow = region.guestAddress() == low.guestAddress();
            long offset = isLow ? from : from - region.guestAddress() + low.size();
            mapping.discard(offset, to - from);
        }
    }

    /**
     * Unmaps and frees all. The VM must be closed before, and no thread be using it. Idempotent.
     */
    @Override
    public void close() {
        mapping.close();
        file.close();
    }

    private Region aligned16(long address) {
        if ((address & 1) != 0) {
            throw new GuestAddressException(address, Short.BYTES);
        }
        return region(address, Short.BYTES);
    }

    private Region region(long address, long length) {
        if (address >= 0 && length >= 0) {
            // Neither subtraction can overflow: address and size are not negative.
            if (length <= low.size() - address) {
                return low;
            }
            if (regions.size() > 1) {
                Region high = regions.getLast();
                long offset = address - high.guestAddress();
                if (offset >= 0 && length <= high.size() - offset) {
                    return high;
                }
            }
        }
        throw new GuestAddressException(address, length);
    }
}
