package dev.microsandbox.vmm.linux;

import java.util.ArrayList;
import java.util.List;

/**
 * A range of bytes in a file or in memory.
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
     * Where a file has data, in whole pages: SEEK_DATA of lseek(2). The rest is holes, which read
     * as zeros. Data may be zeros too, because a file system may report any range as data.
     *
     * @return the extents in ascending order
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

    /** Returns −1 where there is no more data. */
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
