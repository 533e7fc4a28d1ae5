package dev.microsandbox.vmm.linux;

import java.util.ArrayList;
import java.util.List;

/**
 * A range of bytes, of a file or of memory.
 *
 * @param offset of the first byte
 * @param length in bytes, positive
 */
public record Extent(long offset, long length) {

    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;

    /** The offset behind the last byte. */
    public long end() {
        return offset + length;
    }

    /**
     * Where a file has data, in whole pages: lseek(2), SEEK_DATA. The rest are holes, which are
     * zeros. What is data may be zeros too: a file system is free to call anything data.
     *
     * @return in the order of the file
     */
    public static List<Extent> ofData(FileDescriptor file) throws LinuxException {
        List<Extent> extents = new ArrayList<>();
        long from = seek(file, 0, SEEK_DATA);
        while (from >= 0) {
            long to = seek(file, from, SEEK_HOLE);
            extents.add(new Extent(from, to - from));
            from = seek(file, to, SEEK_DATA);
        }
        return extents;
    }

    /** −1 where there is nothing more. */
    private static long seek(FileDescriptor file, long offset, int whence) throws LinuxException {
        long result = LibC.lseek(file.number(), offset, whence);
        if (result == -Errno.ENXIO) {
            return -1;
        }
        if (result < 0) {
            throw new LinuxException(
                    "lseek(fd %d, %d, %s)"
                            .formatted(
                                    file.number(),
                                    offset,
                                    whence == SEEK_DATA ? "SEEK_DATA" : "SEEK_HOLE"),
                    (int) -result);
        }
        return result;
    }
}
