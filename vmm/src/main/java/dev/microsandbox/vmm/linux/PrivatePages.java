package dev.microsandbox.vmm.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds the pages of a copy-on-write mapping that have been written to. The kernel's page map
 * (Documentation/admin-guide/mm/pagemap.rst) tells a page of the file from a private copy. Needs no
 * privilege.
 */
public final class PrivatePages {

    private static final Path PAGE_MAP = Path.of("/proc/self/pagemap");

    private static final int PAGE_BYTES = 4096;

    /** Entries read by one system call; the entries of 1 GiB take four. */
    private static final int MOST_ENTRIES = 65_536;

    /** The page is in memory or swapped out. A page with neither bit was never touched. */
    private static final long PRESENT_OR_SWAPPED = 1L << 63 | 1L << 62;

    /** The page belongs to a file or to shared memory. */
    private static final long FILE_OR_SHARED = 1L << 61;

    private PrivatePages() {}

    /**
     * Finds the written pages. No thread may write to the memory meanwhile.
     *
     * @param memory whole pages of a mapping
     * @return ranges by their offset in the memory, ascending; adjacent pages form one range
     */
    public static List<Extent> of(MemorySegment memory) throws LinuxException {
        List<Extent> found = new ArrayList<>();
        long pages = memory.byteSize() / PAGE_BYTES;
        try (OpenFile map = OpenFile.readOnly(PAGE_MAP);
                Arena call = Arena.ofConfined()) {
            MemorySegment entries =
                    call.allocate(Math.min(pages, MOST_ENTRIES) * Long.BYTES, Long.BYTES);
            long begin = -1; // first page of the current run
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
