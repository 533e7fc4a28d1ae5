package dev.microsandbox.vmm.memory;

import dev.microsandbox.vmm.linux.Extent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which ranges of changed RAM to write to a new file, and how many files of its image that file
 * lies over. Usually it lies over all of them and holds the pages written since. The new file holds
 * more if that would make too many files or too many ranges to map, or if some files cannot be
 * kept: also the pages between the written ones, or also what the topmost files hold.
 *
 * @param kept how many of the image's files stay, from the lowest on; 0 if all of the memory is
 *     written
 * @param extents whole pages, in ascending order, not touching each other
 */
public record NextLayer(int kept, List<Extent> extents) {

    private static final int MOST_LAYERS = MemoryImage.MOST_LAYERS;

    /**
     * The most that all files above the lowest may hold together, in multiples of the RAM's size.
     */
    private static final int MOST_STORED = 2;

    public NextLayer {
        extents = List.copyOf(extents);
    }

    static NextLayer all(long size) {
        return new NextLayer(0, List.of(new Extent(0, size)));
    }

    /**
     * Chooses, of all ways within the limits, the one that writes the least.
     *
     * @param image that the RAM is a copy of
     * @param keepable how many of its files can be kept, from the lowest on
     * @param written the pages that have been written to since
     */
    static NextLayer choose(MemoryImage image, int keepable, List<Extent> written) {
        return choose(image, keepable, written, MemoryImage.MOST_PIECES);
    }

    /**
     * Chooses likewise, and takes the mappings that it needs. While they are not there, it chooses
     * larger parts; in the end all of the RAM, which one mapping replaces.
     */
    static NextLayer choose(
            MemoryImage image, int keepable, List<Extent> written, MemoryShare share) {
        NextLayer next = choose(image, keepable, written);
        for (int most = MemoryImage.MOST_PIECES / 2; next.kept() > 0; most /= 2) {
            if (share.tryGrow(image, next.extents().size())) {
                return next;
            }
            next = most < 2 ? all(image.size()) : choose(image, keepable, written, most);
        }
        return next;
    }

    private static NextLayer choose(
            MemoryImage image, int keepable, List<Extent> written, int pieces) {
        if (keepable == 0) {
            return all(image.size());
        }
        List<MemoryImage.Layer> layers = image.layers();
        // If the image has as many files as it may have, all above the lowest are merged into
        // one, which leaves room for later ones.
        int most = layers.size() < MOST_LAYERS ? Math.min(keepable, layers.size()) : 1;
        List<Extent> changed = written;
        for (int i = most; i < layers.size(); i++) {
            changed = Extents.union(changed, layers.get(i).extents());
        }
        NextLayer best = null;
        for (int kept = most; kept > 0; kept--) {
            if (best != null && Extents.bytes(best.extents) <= Extents.bytes(changed)) {
                break; // with fewer files kept, it never becomes less
            }
            NextLayer next = over(image, kept, changed, pieces);
            if (next != null
                    && (best == null
                            || Extents.bytes(next.extents) < Extents.bytes(best.extents))) {
                best = next;
            }
            changed = Extents.union(changed, layers.get(kept - 1).extents());
        }
        if (best == null) {
            throw new AssertionError("over the lowest file alone everything has room");
        }
        return best;
    }

    /** What to write over that many kept files; null if the result would exceed a limit. */
    private static @Nullable NextLayer over(
            MemoryImage image, int kept, List<Extent> changed, int most) {
        List<MemoryImage.Layer> below = image.layers().subList(0, kept);
        List<MemoryImage.Piece> pieces = new MemoryImage(image.size(), below).pieces();
        // Leaves half of the remaining pieces to later layers.
        int room = pieces.size() + (most - pieces.size()) / 2;
        if (room < 1) {
            return null;
        }
        List<Extent> extents = Extents.atMost(room, changed);
        while (MemoryImage.laidOver(pieces, kept, extents).size() > room) {
            if (extents.size() == 1) {
                return null;
            }
            extents = Extents.atMost(extents.size() * 3 / 4, extents);
        }
        // Ranges that a higher layer covers stay on the disk as long as the snapshot exists.
        long stored = Extents.bytes(extents);
        for (MemoryImage.Layer layer : below.subList(1, kept)) {
            stored += Extents.bytes(layer.extents());
        }
        return stored > MOST_STORED * image.size() ? null : new NextLayer(kept, extents);
    }
}
