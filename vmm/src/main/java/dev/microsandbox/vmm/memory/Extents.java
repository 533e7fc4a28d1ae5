package dev.microsandbox.vmm.memory;

import dev.microsandbox.vmm.linux.Extent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Lists of ranges, ascending and apart from each other. */
final class Extents {

    private Extents() {}

    /** What is in either. */
    static List<Extent> union(List<Extent> one, List<Extent> other) {
        List<Extent> all =
                Stream.concat(one.stream(), other.stream())
                        .sorted(Comparator.comparingLong(Extent::offset))
                        .toList();
        return close(all, 0);
    }

    /**
     * Fewer ranges that have all that these have: the smallest gaps are closed.
     *
     * @param most at least 1
     */
    static List<Extent> atMost(int most, List<Extent> extents) {
        List<Extent> fewer = extents;
        for (long gap = GuestLayout.PAGE_SIZE; fewer.size() > most; gap *= 2) {
            fewer = close(fewer, gap);
        }
        return fewer;
    }

    private static List<Extent> close(List<Extent> ascending, long gap) {
        List<Extent> closed = new ArrayList<>();
        for (Extent extent : ascending) {
            Extent last = closed.isEmpty() ? null : closed.getLast();
            if (last != null && extent.offset() - last.end() <= gap) {
                long end = Math.max(last.end(), extent.end());
                closed.set(closed.size() - 1, new Extent(last.offset(), end - last.offset()));
            } else {
                closed.add(extent);
            }
        }
        return closed;
    }
}
