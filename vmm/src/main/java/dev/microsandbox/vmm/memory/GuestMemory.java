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
 * The guest's RAM: a memfd, or a copy-on-write mapping of the files of a {@link MemoryImage}. It is
 * mapped into this process and given to KVM. Every access by guest-physical address is checked
 * against the RAM's bounds. Thread-safe. The guest and other threads may change any byte at any
 * time, so a caller copies a value before it validates it.
 */
public final class GuestMemory implements AutoCloseable {

    /** Appears as "/memfd:guest-memory" in /proc/PID/maps. */
    private static final String NAME = "guest-memory";

    private static final ValueLayout.OfShort U16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt U32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong U64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final VarHandle ORDERED_U16 =
            ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

    /**
     * The memfd of fresh RAM; null if this RAM is a copy. {@link #resetTo} and {@link #rebaseOn}
     * change it.
     */
    private volatile @Nullable FileDescriptor file;

    /**
     * The image that this RAM is a copy of; null if it is fresh. {@link #resetTo} and {@link
     * #rebaseOn} change it.
     */
    private volatile @Nullable MemoryImage image;

    private final Mapping mapping;
    private final long size;

    /** RAM below the MMIO gap. */
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
     * @param segment the mapping of it in this process
     */
    public record Region(long guestAddress, long size, MemorySegment segment) {}

    /**
     * Allocates fresh RAM, all zeros. A page takes host memory once it is touched.
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
     * Creates RAM with the content of an image. All copies of an image share its pages until they
     * write to them. Takes some microseconds, whatever the size.
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

    /**
     * The image that this RAM is a copy of, since its creation or the last {@link #resetTo} or
     * {@link #rebaseOn}; null if it is fresh.
     */
    public @Nullable MemoryImage image() {
        return image;
    }

    /**
     * Writes all of the RAM to a file, except for pages of zeros. No thread may write to the RAM
     * meanwhile.
     *
     * @param to a file of zeros, of the same size
     * @return the file's checksums
     */
    ChunkSums writeTo(OpenFile to) throws LinuxException {
        return new MemoryWriter(mapping.segment(), to).write(used());
    }

    /** The ranges that may hold something other than zeros. */
    private List<Extent> used() throws LinuxException {
        FileDescriptor fresh = file;
        if (fresh != null) {
            return Extent.ofData(fresh);
        }
        List<Extent> used = PrivatePages.of(mapping.segment());
        for (MemoryImage.Layer layer : requireImage().layers()) {
            used = Extents.union(used, layer.extents());
        }
        return used;
    }

    /**
     * Determines what to write so that, together with files of its image, it makes up all of this
     * RAM. No thread may write to the RAM meanwhile.
     *
     * @param keepable how many files of the image can be kept, from the lowest on; 0 for fresh RAM,
     *     all of which is written
     */
    public NextLayer changes(int keepable) throws LinuxException {
        MemoryImage base = image;
        return base == null
                ? NextLayer.all(size)
                : NextLayer.choose(base, keepable, PrivatePages.of(mapping.segment()));
    }

    /**
     * Writes the chosen ranges to a file, except for pages of zeros. No thread may write to the RAM
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
     * Replaces the RAM's content by that of an image, and gives the old content back to the host.
     * The RAM keeps its addresses in this process, so the VM keeps its memslots. The VM must not
     * run meanwhile: KVM drops its mappings of these addresses as they change, and faults them in
     * again later. No other thread may use the RAM either. Takes some microseconds for each of the
     * image's ranges, plus the time to free the pages.
     *
     * @param to an image of the RAM's size
     * @throws IllegalArgumentException if the image has another size; the RAM is unchanged
     * @throws LinuxException if the host has no mappings left; the content is then a mixture, and
     *     the RAM must not be used any more
     */
    public void resetTo(MemoryImage to) throws LinuxException {
        if (to.size() != size) {
            throw new IllegalArgumentException(
                    "an image of %d bytes, not %d".formatted(to.size(), size));
        }
        if (to.equals(image)) {
            // The image is mapped already: only what was written has to go.
            mapping.discard(0, size);
            return;
        }
        // Maps all of the base first, which replaces the ranges that were mapped over the former
        // image's base.
        mapping.overlay(to.base().file().descriptor());
        overlayChanges(mapping, to);
        setImage(to);
    }

    /**
     * Gives back to the host the pages that an image just made of this RAM holds. The written pages
     * become mappings of the image's topmost file, and later writes are changes over that. The
     * content and the addresses stay the same. The VM must not run meanwhile. Takes some
     * microseconds for each range of that file.
     *
     * @param to the file that {@link #write} wrote, over the kept files of the former image
     * @throws LinuxException if the host has no mappings left; the RAM must not be used any more
     */
    public void rebaseOn(MemoryImage to) throws LinuxException {
        MemoryImage.Layer top = to.layers().getLast();
        if (to.layers().size() == 1) {
            mapping.overlay(top.file().descriptor());
        } else {
            // Everything outside of these ranges is mapped correctly already.
            for (Extent extent : top.extents()) {
                overlay(mapping, top, extent);
            }
        }
        setImage(to);
    }

    private void setImage(MemoryImage to) {
        image = to;
        FileDescriptor fresh = file;
        if (fresh != null) {
            // The memfd is no longer mapped: closing it frees its pages.
            file = null;
            fresh.close();
        }
    }

    private MemoryImage requireImage() {
        MemoryImage base = image;
        if (base == null) {
            throw new IllegalStateException("this RAM is not a copy of an image");
        }
        return base;
    }

    /** The size of all RAM in bytes. */
    public long size() {
        return size;
    }

    /** RAM as the guest sees it: one region, or two if it continues after the MMIO gap. */
    public List<Region> regions() {
        return regions;
    }

    /**
     * A range of the RAM as native memory.
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
     * Reads with acquire semantics: later reads see everything that the guest wrote before it wrote
     * this value.
     *
     * @param address even
     */
    public int u16Acquire(long address) {
        Region region = aligned16(address);
        return (short) ORDERED_U16.getAcquire(region.segment(), address - region.guestAddress())
                & 0xffff;
    }

    /**
     * Writes with release semantics: a guest that sees this value sees everything that was written
     * before it.
     *
     * @param address even
     */
    public void putU16Release(long address, int value) {
        Region region = aligned16(address);
        ORDERED_U16.setRelease(region.segment(), address - region.guestAddress(), (short) value);
    }

    /**
     * Gives the whole pages of a range back to the host. The guest then finds zeros there, or the
     * image's content if this RAM is a copy.
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
     * Unmaps and frees all RAM. The VM must be closed before, and no thread may be using the RAM.
     * Idempotent.
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
            // Neither subtraction can overflow, because address and size are not negative.
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
