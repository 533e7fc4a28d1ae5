package dev.microsandbox.vmm.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;

/**
 * A file that is read and written at given positions, directly from and to native memory.
 * Thread-safe, except that {@link #close} must come after the last use.
 */
public final class OpenFile implements AutoCloseable {

    private static final int O_RDONLY = 0;
    private static final int O_RDWR = 2;
    private static final int O_CREAT = 0x40;
    private static final int O_EXCL = 0x80;
    private static final int O_NOFOLLOW = 0x20000;
    private static final int O_CLOEXEC = 0x80000;
    private static final int SEEK_END = 2;
    private static final int AT_FDCWD = -100;
    private static final int AT_SYMLINK_FOLLOW = 0x400;
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;
    private static final int FALLOC_FL_KEEP_SIZE = 0x1;
    private static final int FALLOC_FL_PUNCH_HOLE = 0x2;
    private static final int FALLOC_FL_ZERO_RANGE = 0x10;

    /** struct iovec (bits/types/struct_iovec.h): base, length. */
    private static final int IOVEC_BYTES = 16;

    /** The most vectors that one call passes; the kernel takes 1024 (UIO_MAXIOV). */
    private static final int MOST_VECTORS = 256;

    private final Path path;
    private final FileDescriptor descriptor;

    private OpenFile(Path path, FileDescriptor descriptor) {
        this.path = path;
        this.descriptor = descriptor;
    }

    public static OpenFile readOnly(Path path) throws LinuxException {
        return open(path, O_RDONLY);
    }

    public static OpenFile readWrite(Path path) throws LinuxException {
        return open(path, O_RDWR);
    }

    /**
     * Creates a file of zeros, which takes no disk space yet.
     *
     * @param path where no file exists
     * @param mode permissions, such as 0400; this open file can be written to regardless of them
     * @param size in bytes
     */
    public static OpenFile create(Path path, int mode, long size) throws LinuxException {
        int flags = O_RDWR | O_CREAT | O_EXCL;
        OpenFile file = new OpenFile(path, openDescriptor(path, flags, mode));
        int result = LibC.ftruncate(file.descriptor.number(), size);
        if (result < 0) {
            file.close();
            throw file.failed("ftruncate", 0, size, result);
        }
        return file;
    }

    /** Opens a file to lock it; creates it empty if it does not exist. Follows no symbolic link. */
    static OpenFile createOrOpen(Path path, int mode) throws LinuxException {
        return new OpenFile(path, openDescriptor(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode));
    }

    private static OpenFile open(Path path, int access) throws LinuxException {
        return new OpenFile(path, openDescriptor(path, access, 0));
    }

    /** Opens a device for ioctls. */
    public static FileDescriptor device(Path path) throws LinuxException {
        return openDescriptor(path, O_RDWR, 0);
    }

    private static FileDescriptor openDescriptor(Path path, int access, int mode)
            throws LinuxException {
        int fd;
        try (Arena call = Arena.ofConfined()) {
            fd = LibC.open(call.allocateFrom(path.toString()), access | O_CLOEXEC, mode);
        }
        if (fd < 0) {
            throw new LinuxException("open(%s)".formatted(path), -fd);
        }
        return new FileDescriptor(fd);
    }

    /** The descriptor, to map the file by. This object still owns and closes it. */
    public FileDescriptor descriptor() {
        return descriptor;
    }

    /** Where the file has data: see {@link Extent#ofData}. */
    public List<Extent> data() throws LinuxException {
        return Extent.ofData(descriptor);
    }

    /** The current size in bytes, of a file or of a block device. */
    public long size() throws LinuxException {
        long size = LibC.lseek(descriptor.number(), 0, SEEK_END);
        if (size < 0) {
            throw failed("lseek", 0, 0, size);
        }
        return size;
    }

    /**
     * The first offset, from the given one on, that has data; the file's size if only a hole
     * follows.
     */
    public long nextData(long offset) throws LinuxException {
        long found = LibC.lseek(descriptor.number(), offset, SEEK_DATA);
        if (found == -Errno.ENXIO) {
            return size();
        }
        if (found < 0) {
            throw failed("lseek(SEEK_DATA)", offset, 0, found);
        }
        return found;
    }

    /**
     * The offset of the next hole after an offset that has data; the file's size if there is none.
     */
    public long nextHole(long offset) throws LinuxException {
        long found = LibC.lseek(descriptor.number(), offset, SEEK_HOLE);
        if (found < 0) {
            throw failed("lseek(SEEK_HOLE)", offset, 0, found);
        }
        return found;
    }

    /**
     * Reads until all segments are full or the file ends: preadv(2).
     *
     * @param into native segments
     * @param offset in the file, in bytes
     * @return how many bytes were read; fewer than asked for only at the end of the file
     */
    public long readFully(List<MemorySegment> into, long offset) throws LinuxException {
        return transfer(into, offset, true);
    }

    /**
     * Writes everything: pwritev(2).
     *
     * @param from native segments
     * @param offset in the file, in bytes
     */
    public void writeFully(List<MemorySegment> from, long offset) throws LinuxException {
        long length = from.stream().mapToLong(MemorySegment::byteSize).sum();
        if (transfer(from, offset, false) != length) {
            throw failed("pwritev", offset, length, -Errno.EIO);
        }
    }

    private long transfer(List<MemorySegment> segments, long offset, boolean reading)
            throws LinuxException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment vectors =
                    call.allocate((long) IOVEC_BYTES * Math.min(segments.size(), MOST_VECTORS), 8);
            long done = 0;
            int next = 0;
            long skipped = 0; // bytes of segment 'next' that were moved already
            while (next < segments.size()) {
                int count = Math.min(segments.size() - next, MOST_VECTORS);
                long asked = 0;
                for (int i = 0; i < count; i++) {
                    MemorySegment segment = segments.get(next + i);
                    long skip = i == 0 ? skipped : 0;
                    long length = segment.byteSize() - skip;
                    vectors.set(
                            ValueLayout.JAVA_LONG,
                            (long) i * IOVEC_BYTES,
                            segment.address() + skip);
                    vectors.set(ValueLayout.JAVA_LONG, (long) i * IOVEC_BYTES + 8, length);
                    asked += length;
                }
                long moved =
                        reading
                                ? LibC.preadv(descriptor.number(), vectors, count, offset + done)
                                : LibC.pwritev(descriptor.number(), vectors, count, offset + done);
                if (moved == -Errno.EINTR) {
                    continue;
                }
                if (moved < 0) {
                    throw failed(reading ? "preadv" : "pwritev", offset + done, asked, moved);
                }
                if (moved == 0 && asked > 0) {
                    return done;
                }
                done += moved;
                while (next < segments.size() && moved >= segments.get(next).byteSize() - skipped) {
                    moved -= segments.get(next).byteSize() - skipped;
                    skipped = 0;
                    next++;
                }
                skipped += moved;
            }
            return done;
        }
    }

    /**
     * Gives the open file another name, even if the name by which it was opened is another file's
     * by now: linkat(2) of its entry in {@code /proc/self/fd}.
     *
     * @param name where no file exists
     * @throws LinuxException for example ENOENT if the file has no name any more, EXDEV if the new
     *     name is on another file system
     */
    public void link(Path name) throws LinuxException {
        int result;
        try (Arena call = Arena.ofConfined()) {
            result =
                    LibC.linkat(
                            AT_FDCWD,
                            call.allocateFrom("/proc/self/fd/" + descriptor.number()),
                            AT_FDCWD,
                            call.allocateFrom(name.toString()),
                            AT_SYMLINK_FOLLOW);
        }
        if (result < 0) {
            throw new LinuxException("linkat(%s, %s)".formatted(path, name), -result);
        }
    }

    /** Waits until the written data is on the disk: fdatasync(2). */
    public void syncData() throws LinuxException {
        int result = LibC.fdatasync(descriptor.number());
        if (result < 0) {
            throw failed("fdatasync", 0, 0, result);
        }
    }

    /** Waits until the file's data and metadata are on the disk: fsync(2). */
    public void sync() throws LinuxException {
        int result = LibC.fsync(descriptor.number());
        if (result < 0) {
            throw failed("fsync", 0, 0, result);
        }
    }

    /**
     * Frees the disk space of a range, which then reads as zeros. The file's size stays the same.
     */
    public void punchHole(long offset, long length) throws LinuxException {
        allocate(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length);
    }

    /** Makes a range read as zeros and keeps its disk space. The file's size stays the same. */
    public void zeroRange(long offset, long length) throws LinuxException {
        allocate(FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, offset, length);
    }

    private void allocate(int mode, long offset, long length) throws LinuxException {
        int result = LibC.fallocate(descriptor.number(), mode, offset, length);
        if (result < 0) {
            throw failed("fallocate(mode %#x)".formatted(mode), offset, length, result);
        }
    }

    private LinuxException failed(String call, long offset, long length, long result) {
        return new LinuxException(
                "%s(%s, %d bytes at %d)".formatted(call, path, length, offset), (int) -result);
    }

    @Override
    public void close() {
        descriptor.close();
    }
}
