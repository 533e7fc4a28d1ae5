package dev.microsandbox.vmm.memory;

import dev.microsandbox.vmm.linux.Extent;
import java.util.ArrayList;
import java.util.Arrays;
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
        List<Extent> joined = new ArrayList<>();
        for (Extent extent : all) {
            Extent last = joined.isEmpty() ? null : joined.getLast();
            if (last != null && extent.offset() <= last.end()) {
                joined.set(joined.size() - 1, between(last, extent));
            } else {
                joined.add(extent);
            }
        }
        return joined;
    }

    /**
     * Fewer ranges that have all that these have: the smallest gaps are closed.
     *
     * @param most at least 1
     */
    static List<Extent> atMost(int most, List<Extent> extents) {
        int surplus = extents.size() - most;
        if (surplus <= 0) {
            return extents;
        }
        long[] gaps = new long[extents.size() - 1];
        for (int i = 0; i < gaps.length; i++) {
            gaps[i] = extents.get(i + 1).offset() - extents.get(i).end();
        }
        Arrays.sort(gaps);
        long largest = gaps[surplus - 1]; // of those that are closed
        int asLarge = surplus; // of those that are closed
        while (asLarge > 0 && gaps[surplus - asLarge] < largest) {
            asLarge--;
        }
        List<Extent> closed = new ArrayList<>(most);
        for (Extent extent : extents) {
            Extent last = closed.isEmpty() ? null : closed.getLast();
            long gap = last == null ? Long.MAX_VALUE : extent.offset() - last.end();
            if (last != null && (gap < largest || (gap == largest && asLarge-- > 0))) {
                closed.set(closed.size() - 1, between(last, extent));
            } else {
                closed.add(extent);
            }
        }
        return closed;
    }

    private static Extent between(Extent first, Extent second) {
        long end = Math.max(first.end(), second.end());
        return new Extent(first.offset(), end - first.offset());
    }

    /** How much that is together. */
    static long bytes(List<Extent> extents) {
        long bytes = 0;
        for (Extent extent : extents) {
            bytes += extent.length();
        }
        return bytes;
    }
}
