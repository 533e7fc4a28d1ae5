package dev.microsandbox.vmm.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A file mapped into memory, readable and writable. After {@link #close}, an access to the segment
 * throws IllegalStateException instead of faulting.
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

    /** Maps a part of a file. Writes reach the file. */
    public static Mapping shared(int fd, long offset, long length) throws LinuxException {
        return map(fd, offset, length, true);
    }

    /**
     * Maps a part of a file. Writes stay in this mapping. The file must not change while it is
     * mapped.
     */
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
     * Maps a part of another file over a part of this mapping. Writes to that part stay in this
     * mapping; what was written to it before is lost. The kernel allows a process 65,530 mappings
     * (vm.max_map_count).
     *
     * @param offset in bytes, in this mapping and in the file, a multiple of the page size
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
     * Maps another file over all of this mapping, at the same addresses. From now on, writes stay
     * in this mapping. What was written to a private mapping is lost. After a failure, the
     * addresses may be unmapped.
     *
     * @param file at least as long as this mapping
     */
    public synchronized void overlay(FileDescriptor file) throws LinuxException {
        overlay(file, 0, segment.byteSize());
        shared = false;
    }

    /**
     * Gives pages back to the host. For a shared mapping, this frees the file's pages too, which
     * then read as zeros. For a private mapping, it frees the copies, so that reading finds the
     * file's content again.
     *
     * @param offset in bytes, a multiple of the page size
     * @param length in bytes, a multiple of the page size
     */
    public synchronized void discard(long offset, long length) throws LinuxException {
        // After close(), the addresses may belong to another mapping.
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

    /** Unmaps the file. Idempotent. No thread may be in a system call that uses the segment. */
    @Override
    public synchronized void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
