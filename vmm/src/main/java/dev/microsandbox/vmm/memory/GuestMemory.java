package dev.microsandbox.vmm.memory;

import dev.microsandbox.vmm.linux.Extent;
import dev.microsandbox.vmm.linux.FileDescriptor;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.linux.Mapping;
import dev.microsandbox.vmm.linux.Memfd;
import dev.microsandbox.vmm.linux.OpenFile;
import dev.microsandbox.vmm.linux.PrivatePages;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The guest's RAM: a memfd, or the files of an earlier RAM of which written pages are copied.
 * Mapped here and given to KVM. Every access by guest-physical address is checked against the RAM's
 * bounds. Thread-safe; the guest and other threads may change any byte at any time, so what is to
 * be judged is copied first.
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

    /** Of fresh RAM; null if this is a copy. Changed by {@link #become}, {@link #settle}. */
    private volatile @Nullable FileDescriptor file;

    /** What this is a copy of; null if it is fresh. Changed by the same. */
    private volatile @Nullable MemoryImage image;

    private final Mapping mapping;
    private final long size;

    /** Up to the MMIO gap. */
    private final Region low;

    private final List<Region> regions;

    private GuestMemory(
            @Nullable FileDescriptor file,
            @Nullable MemoryImage image,
            Mapping mapping,
            long size) {
        this.file = file;
        this.image = image;
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
            return new GuestMemory(file, null, Mapping.shared(file.number(), 0, bytes), bytes);
        } catch (LinuxException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /**
     * RAM that begins as another once was. Pages are shared with all others of that image until
     * they are written to. Takes some microseconds, whatever its size.
     */
    public static GuestMemory copyOf(MemoryImage image) throws LinuxException {
        MemoryImage.Layer base = image.base();
        Mapping mapping = Mapping.copyOnWrite(base.file().descriptor().number(), 0, image.size());
        try {
            overlayChanges(mapping, image);
            return new GuestMemory(null, image, mapping, image.size());
        } catch (LinuxException | RuntimeException e) {
            mapping.close();
            throw e;
        }
    }

    private static void overlayChanges(Mapping mapping, MemoryImage image) throws LinuxException {
        for (MemoryImage.Piece piece : image.pieces()) {
            overlay(mapping, image.layers().get(piece.layer()), piece.range());
        }
    }

    private static void overlay(Mapping mapping, MemoryImage.Layer layer, Extent range)
            throws LinuxException {
        mapping.overlay(layer.file().descriptor(), range.offset(), range.length());
    }

    /** What this began as, or has {@linkplain #become become} since; null if zeros. */
    public @Nullable MemoryImage image() {
        return image;
    }

    /**
     * Writes all of it to a file, pages of zeros left out. Nobody may be writing to it meanwhile.
     *
     * @param to a file of zeros, of the same size
     * @return the file's checksums
     */
    ChunkSums writeTo(OpenFile to) throws LinuxException {
        return new MemoryWriter(mapping.segment(), to).write(used());
    }

    /** Where something may be that is not zero. */
    private List<Extent> used() throws LinuxException {
        FileDescriptor fresh = file;
        if (fresh != null) {
            return Extent.ofData(fresh);
        }
        List<Extent> used = PrivatePages.of(mapping.segment());
        for (MemoryImage.Layer layer : origin().layers()) {
            used = Extents.union(used, layer.extents());
        }
        return used;
    }

    /**
     * What is to be written so that with files of its image it is all of this. Nobody may be
     * writing meanwhile.
     *
     * @param keepable how many files of the image can be kept, from the lowest on; 0 of fresh RAM,
     *     all of which is to be written
     */
    public NextLayer changes(int keepable) throws LinuxException {
        MemoryImage origin = image;
        return origin == null
                ? NextLayer.all(size)
                : NextLayer.choose(origin, keepable, PrivatePages.of(mapping.segment()));
    }

    /**
     * Writes what was chosen to a file, pages of zeros left out. Nobody may be writing to it
     * meanwhile.
     *
     * @param to a file of zeros, of the RAM's size
     * @return the file's checksums
     */
    public ChunkSums write(NextLayer next, OpenFile to) throws LinuxException {
        return next.kept() == 0
                ? writeTo(to)
                : new MemoryWriter(mapping.segment(), to).write(next.extents());
    }

    /**
     * Makes it what another RAM once was, and gives what it was back to the host. It stays where it
     * is in this process, so a VM keeps it, which must not run meanwhile: KVM drops its mappings of
     * these addresses as they change, and faults them in anew. Nobody else may be using it either.
     * Takes some microseconds for each of the image's ranges, and what freeing the pages takes.
     *
     * @param to of this size
     * @throws IllegalArgumentException if it is not of this size; nothing has changed then
     * @throws LinuxException if the host has no mappings left: it is neither the one nor the other
     *     then, and must not be used any more
     */
    public void become(MemoryImage to) throws LinuxException {
        if (to.size() != size) {
            throw new IllegalArgumentException(
                    "an image of %d bytes, not %d".formatted(to.size(), size));
        }
        if (to.equals(image)) {
            // Mapped already: what was written is all that is to go.
            mapping.discard(0, size);
            return;
        }
        // All of the base first: that undoes whatever ranges were mapped over the one before.
        mapping.overlay(to.base().file().descriptor());
        overlayChanges(mapping, to);
        isCopyOf(to);
    }

    /**
     * Gives back to the host what is in an image that was just made of this: the pages that were
     * written to are those of its topmost file from now on, and what is written next are changes of
     * that. It reads as before, and stays where it is; the VM must not run meanwhile. Takes some
     * microseconds for each range of that file.
     *
     * @param to what {@link #write} wrote, over the files of this one's image that were kept
     * @throws LinuxException if the host has no mappings left: it must not be used any more
     */
    public void settle(MemoryImage to) throws LinuxException {
        MemoryImage.Layer top = to.layers().getLast();
        if (to.layers().size() == 1) {
            mapping.overlay(top.file().descriptor());
        } else {
            // What is outside of these ranges is mapped as it has to be.
            for (Extent extent : top.extents()) {
                overlay(mapping, top, extent);
            }
        }
        isCopyOf(to);
    }

    private void isCopyOf(MemoryImage to) {
        image = to;
        FileDescriptor fresh = file;
        if (fresh != null) {
            // No longer mapped: its pages go.
            file = null;
            fresh.close();
        }
    }

    private MemoryImage origin() {
        MemoryImage origin = image;
        if (origin == null) {
            throw new IllegalStateException("this RAM is no copy of an earlier one");
        }
        return origin;
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
     * Gives the whole pages of a range back to the host; the guest finds zeros there, or in a copy
     * what it began with.
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
        FileDescriptor fresh = file;
        if (fresh != null) {
            fresh.close();
        }
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
