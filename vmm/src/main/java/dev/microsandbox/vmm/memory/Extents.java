package dev.microsandbox.vmm.memory;

import dev.microsandbox.vmm.linux.Extent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Operations on lists of ranges that are in ascending order and do not touch each other. */
final class Extents {

    private Extents() {}

    /** The ranges that are in either list. The arguments may overlap each other. */
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
     * Reduces the number of ranges by closing the smallest gaps. The result covers everything that
     * the given ranges cover.
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
        long largest = gaps[surplus - 1]; // the largest gap to close
        int asLarge = surplus; // how many gaps of that size to close
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

    /** The total length in bytes. */
    static long bytes(List<Extent> extents) {
        long bytes = 0;
        for (Extent extent : extents) {
            bytes += extent.length();
        }
        return bytes;
    }
}
