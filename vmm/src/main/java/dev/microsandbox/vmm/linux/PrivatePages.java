package dev.microsandbox.vmm.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Which pages of a copy-on-write mapping have been written to: the kernel's page map
 * (Documentation/admin-guide/mm/pagemap.rst) tells a page of the file from a copy. Needs no
 * privilege.
 */
public final class PrivatePages {

    private static final Path PAGE_MAP = Path.of("/proc/self/pagemap");

    private static final int PAGE_BYTES = 4096;

    /** Entries that are read in one go: a GiB's take four system calls. */
    private static final int MOST_ENTRIES = 65_536;

    /** Page is in memory, or swapped out. Nothing there is a page that was never touched. */
    private static final long PRESENT_OR_SWAPPED = 1L << 63 | 1L << 62;

    /** Page is of a file, or of shared memory. */
    private static final long FILE_OR_SHARED = 1L << 61;

    private PrivatePages() {}

    /**
     * Finds them. Nobody may be writing meanwhile.
     *
     * @param memory whole pages of a mapping
     * @return offsets in that memory, ascending, neighbours together
     */
    public static List<Extent> of(MemorySegment memory) throws LinuxException {
        List<Extent> found = new ArrayList<>();
        long pages = memory.byteSize() / PAGE_BYTES;
        try (OpenFile map = OpenFile.readOnly(PAGE_MAP);
                Arena call = Arena.ofConfined()) {
            MemorySegment entries =
                    call.allocate(Math.min(pages, MOST_ENTRIES) * Long.BYTES, Long.BYTES);
            long begin = -1; // of the run that is being followed
            for (long first = 0; first < pages; first += MOST_ENTRIES) {
                long count = Math.min(pages - first, MOST_ENTRIES);
                long at = (memory.address() / PAGE_BYTES + first) * Long.BYTES;
                MemorySegment wanted = entries.asSlice(0, count * Long.BYTES);
                if (map.readFully(List.of(wanted), at) != wanted.byteSize()) {
                    throw new LinuxException("read(" + PAGE_MAP + ")", Errno.EIO);
                }
                for (long i = 0; i < count; i++) {
                    long entry = entries.getAtIndex(ValueLayout.JAVA_LONG, i);
                    boolean isPrivate =
                            (entry & PRESENT_OR_SWAPPED) != 0 && (entry & FILE_OR_SHARED) == 0;
                    if (isPrivate && begin < 0) {
                        begin = first + i;
                    } else if (!isPrivate && begin >= 0) {
                        found.add(pages(begin, first + i));
                        begin = -1;
                    }
                }
            }
            if (begin >= 0) {
                found.add(pages(begin, pages));
            }
        }
        return found;
    }

    private static Extent pages(long from, long to) {
        return new Extent(from * PAGE_BYTES, (to - from) * PAGE_BYTES);
    }
}
