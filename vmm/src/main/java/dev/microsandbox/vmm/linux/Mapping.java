package dev.microsandbox.vmm.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A file mapped into memory, readable and writable. Once closed, an access to its segment is an
 * IllegalStateException and not a fault.
 */
public final class Mapping implements AutoCloseable {

    private static final int PROT_READ_WRITE = 0x1 | 0x2;
    private static final int MAP_SHARED = 0x01;
    private static final int MAP_PRIVATE = 0x02;
    private static final int MAP_FIXED = 0x10;
    private static final int MAP_NORESERVE = 0x4000;
    private static final int MADV_DONTNEED = 4;
    private static final int MADV_REMOVE = 9;

    private final Arena arena;
    private final MemorySegment segment;
    private volatile boolean shared;

    private Mapping(Arena arena, MemorySegment segment, boolean shared) {
        this.arena = arena;
        this.segment = segment;
        this.shared = shared;
    }

    /** Maps a part of a file so that writes reach the file. */
    public static Mapping shared(int fd, long offset, long length) throws LinuxException {
        return map(fd, offset, length, true);
    }

    /** Maps a part of a file so that writes stay here; the file must not change meanwhile. */
    public static Mapping copyOnWrite(int fd, long offset, long length) throws LinuxException {
        return map(fd, offset, length, false);
    }

    // Native access is granted to this module by --enable-native-access; close() closes the arena.
    @SuppressWarnings({"restricted", "MustBeClosedChecker"})
    private static Mapping map(int fd, long offset, long length, boolean shared)
            throws LinuxException {
        int flags = (shared ? MAP_SHARED : MAP_PRIVATE) | MAP_NORESERVE;
        long address = LibC.mmap(0, length, PROT_READ_WRITE, flags, fd, offset);
        // Addresses of user space are positive; errors are small negative numbers.
        if (address < 0) {
            throw new LinuxException(
                    "mmap(fd %d, %d bytes at %d)".formatted(fd, length, offset), (int) -address);
        }
        Arena arena = Arena.ofShared();
        MemorySegment segment =
                MemorySegment.ofAddress(address)
                        .reinterpret(
                                length,
                                arena,
                                _ -> {
                                    int _ = LibC.munmap(address, length);
                                });
        return new Mapping(arena, segment, shared);
    }

    /** The mapped memory, usable from any thread until {@link #close}. */
    public MemorySegment segment() {
        return segment;
    }

    /**
     * Maps a part of another file in place of a part of this one, so that writes stay here. What
     * was written there is lost. The kernel takes at most 65,530 mappings of a process
     * (vm.max_map_count).
     *
     * @param offset in bytes, here and in the file, a multiple of the page size
     * @param length in bytes, a multiple of the page size
     */
    public synchronized void overlay(FileDescriptor file, long offset, long length)
            throws LinuxException {
        if (!arena.scope().isAlive()) {
            throw new IllegalStateException("unmapped already");
        }
        MemorySegment range = segment.asSlice(offset, length);
        long result =
                LibC.mmap(
                        range.address(),
                        length,
                        PROT_READ_WRITE,
                        MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE,
                        file.number(),
                        offset);
        if (result < 0) {
            throw new LinuxException(
                    "mmap(%#x, fd %d, %d bytes at %d)"
                            .formatted(range.address(), file.number(), length, offset),
                    (int) -result);
        }
    }

    /**
     * Maps another file in place of all of this, so that writes stay here from now on. The
     * addresses stay; what was written to a private mapping is lost. Where this fails, nothing may
     * be there any more.
     *
     * @param file as long as this, at least
     */
    public synchronized void overlay(FileDescriptor file) throws LinuxException {
        overlay(file, 0, segment.byteSize());
        shared = false;
    }

    /**
     * Gives pages back to the host: of a shared mapping the file's pages too, which read as zeros
     * then; of a private one the copies, and reading finds the file's contents again.
     *
     * @param offset in bytes, a multiple of the page size
     * @param length in bytes, a multiple of the page size
     */
    public synchronized void discard(long offset, long length) throws LinuxException {
        // Once unmapped, the addresses may be those of another mapping.
        if (!arena.scope().isAlive()) {
            throw new IllegalStateException("unmapped already");
        }
        MemorySegment range = segment.asSlice(offset, length);
        int advice = shared ? MADV_REMOVE : MADV_DONTNEED;
        int result = LibC.madvise(range.address(), length, advice);
        if (result < 0) {
            throw new LinuxException(
                    "madvise(%#x, %d bytes, %s)"
                            .formatted(
                                    range.address(),
                                    length,
                                    shared ? "MADV_REMOVE" : "MADV_DONTNEED"),
                    -result);
        }
    }

    /** Unmaps. Idempotent. Nobody may be in a system call that was given the segment. */
    @Override
    public synchronized void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
