package dev.microsandbox.vmm.memory;

import dev.microsandbox.vmm.linux.Extent;
import dev.microsandbox.vmm.linux.FileDescriptor;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.linux.Mapping;
import dev.microsandbox.vmm.linux.MappingBudget;
import dev.microsandbox.vmm.linux.Memfd;
import dev.microsandbox.vmm.linux.OpenFile;
import dev.microsandbox.vmm.linux.PrivatePages;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The guest's RAM: a memfd, or a copy-on-write mapping of the files of a {@link MemoryImage}. It is
 * mapped into this process and given to KVM. Every access by guest-physical address is checked
 * against the RAM's bounds. Thread-safe. The guest and other threads may change any byte at any
 * time, so a caller copies a value before it validates it. A fault of the memory is a {@link
 * MemoryFaultException} of the method that met it.
 */
public final class GuestMemory implements AutoCloseable {

    /** Appears as "/memfd:guest-memory" in /proc/PID/maps. */
    private static final String NAME = "guest-memory";

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
    private final MemoryShare share;
    private final long size;

    /** RAM below the MMIO gap. */
    private final Region low;

    private final List<Region> regions;

    private GuestMemory(
            @Nullable FileDescriptor file,
            @Nullable MemoryImage image,
            Mapping mapping,
            MemoryShare share,
            long size) {
        this.file = file;
        this.image = image;
        this.mapping = mapping;
        this.share = share;
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
     * @param segment the mapping of it in this process; see {@link #slice}
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
        MemoryShare share = MemoryShare.take(MappingBudget.PROCESS, null);
        try {
            FileDescriptor file = Memfd.create(NAME, bytes);
            try {
                Mapping mapping = Mapping.shared(file.number(), 0, bytes);
                return new GuestMemory(file, null, mapping, share, bytes);
            } catch (LinuxException | RuntimeException e) {
                file.close();
                throw e;
            }
        } catch (LinuxException | RuntimeException e) {
            share.close();
            throw e;
        }
    }

    /**
     * Creates RAM with the content of an image. All copies of an image share its pages until they
     * write to them. Takes some microseconds, whatever the size.
     */
    public static GuestMemory copyOf(MemoryImage image) throws LinuxException {
        return copyOf(image, MappingBudget.PROCESS);
    }

    /**
     * Creates RAM with the content of an image.
     *
     * @param budget refuses it if it would take too many mappings
     */
    static GuestMemory copyOf(MemoryImage image, MappingBudget budget) throws LinuxException {
        MemoryShare share = MemoryShare.take(budget, image);
        try {
            int base = image.base().file().descriptor().number();
            Mapping mapping = Mapping.copyOnWrite(base, 0, image.size());
            try {
                overlayChanges(mapping, image);
                return new GuestMemory(null, image, mapping, share, image.size());
            } catch (LinuxException | RuntimeException e) {
                mapping.close();
                throw e;
            }
        } catch (LinuxException | RuntimeException e) {
            share.close();
            throw e;
        }
    }

    private static void overlayChanges(Mapping mapping, MemoryImage image) throws LinuxException {
        for (MemoryImage.Piece piece : image.pieces()) {
            OpenFile file = image.layers().get(piece.layer()).file();
            Extent range = piece.range();
            mapping.overlay(file.descriptor(), range.offset(), range.length());
        }
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
        for (MemoryImage.Layer layer : Objects.requireNonNull(image).layers()) {
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
     * @throws MemoryFaultException if a file of the image has become shorter
     */
    public NextLayer changes(int keepable) throws LinuxException {
        MemoryImage base = image;
        if (base == null) {
            return NextLayer.all(size);
        }
        // With the file's pages, the written copies of them are gone as well.
        if (base.isCut()) {
            throw new MemoryFaultException(null);
        }
        return NextLayer.choose(base, keepable, PrivatePages.of(mapping.segment()), share);
    }

    /**
     * Makes sure that {@link #resetTo} has the mappings that it needs.
     *
     * @throws LinuxException if there are not as many left; the RAM is unchanged
     */
    public void makeRoomFor(MemoryImage to) throws LinuxException {
        share.grow(image, to);
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
     * @throws LinuxException if there are no mappings left, which {@link #makeRoomFor} prevents;
     *     the content is then a mixture, and the RAM must not be used any more
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
                mapping.overlay(top.file().descriptor(), extent.offset(), extent.length());
            }
        }
        setImage(to);
    }

    private void setImage(MemoryImage to) throws LinuxException {
        image = to;
        share.fit(to);
        FileDescriptor fresh = file;
        if (fresh != null) {
            // The memfd is no longer mapped: closing it frees its pages.
            file = null;
            fresh.close();
        }
    }

    /**
     * Whether a file of the image has become shorter, so that accesses to what it held are faults.
     * A guest that meets one may end in another way before this process does.
     */
    public boolean isCut() {
        MemoryImage base = image;
        return base != null && base.isCut();
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
     * A range of the RAM as native memory. Only for this package, and for who passes it to the
     * kernel without touching it: see {@link GuardedAccess}.
     *
     * @throws GuestAddressException if it is not wholly within one region
     */
    public MemorySegment slice(long guestAddress, long length) {
        Region region = region(guestAddress, length);
        return region.segment().asSlice(guestAddress - region.guestAddress(), length);
    }

    /** A range of the RAM for devices. Throws like {@link #slice}. */
    public GuestRange range(long guestAddress, long length) {
        return new GuestRange(slice(guestAddress, length));
    }

    /** The RAM without the check for a fault after each access. */
    public RingMemory rings() {
        return new RingMemory(this);
    }

    public int u8(long address) {
        return (int) load(address, 1) & 0xff;
    }

    public int u16(long address) {
        return (int) load(address, Short.BYTES) & 0xffff;
    }

    public int u32(long address) {
        return (int) load(address, Integer.BYTES);
    }

    public long u64(long address) {
        return load(address, Long.BYTES);
    }

    public void putU8(long address, int value) {
        store(address, 1, value);
    }

    public void putU16(long address, int value) {
        store(address, Short.BYTES, value);
    }

    public void putU32(long address, int value) {
        store(address, Integer.BYTES, value);
    }

    public void putU64(long address, long value) {
        store(address, Long.BYTES, value);
    }

    /** See {@link RingMemory#u16Acquire}. */
    public int u16Acquire(long address) {
        requireEven(address);
        int value = u16(address);
        VarHandle.acquireFence();
        return value;
    }

    /** See {@link RingMemory#putU16Release}. */
    public void putU16Release(long address, int value) {
        requireEven(address);
        VarHandle.releaseFence();
        putU16(address, value);
    }

    private long load(long address, int size) {
        Region region = region(address, size);
        return GuardedAccess.load(region.segment(), address - region.guestAddress(), size);
    }

    private void store(long address, int size, long value) {
        Region region = region(address, size);
        GuardedAccess.store(region.segment(), address - region.guestAddress(), size, value);
    }

    static void requireEven(long address) {
        if ((address & 1) != 0) {
            throw new GuestAddressException(address, Short.BYTES);
        }
    }

    /**
     * Gives the whole pages of a range back to the host. The guest then finds zeros there, or the
     * image's content if this RAM is a copy.
     *
     * @throws GuestAddressException if the range is not wholly within one region
     */
    public void discard(long guestAddress, long length) throws LinuxException {
        Region region = region(guestAddress, length);
        boolean isLow = region.guestAddress() == low.guestAddress();
        long offset = guestAddress - region.guestAddress() + (isLow ? 0 : low.size());
        discardPages(offset, length);
    }

    /** Gives the whole pages of a range back to the host, like the other method. */
    public void discard(GuestRange range) throws LinuxException {
        discardPages(range.offsetIn(mapping.segment()), range.byteSize());
    }

    private void discardPages(long offset, long length) throws LinuxException {
        long mask = GuestLayout.PAGE_SIZE - 1;
        long from = (offset + mask) & ~mask;
        long to = (offset + length) & ~mask;
        if (from < to) {
            mapping.discard(from, to - from);
        }
    }

    /**
     * Unmaps and frees all RAM. The VM must be closed before, and no thread may be using the RAM.
     * Idempotent.
     */
    @Override
    public void close() {
        mapping.close();
        share.close();
        FileDescriptor fresh = file;
        if (fresh != null) {
            fresh.close();
        }
    }

    /** The region that a range is in. */
    Region region(long address, long length) {
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
