package dev.microsandbox.vmm.memory;

import dev.microsandbox.vmm.linux.Extent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is to be written of a RAM that has changed: over how many files of its image, and which
 * ranges. Mostly over all of them, and what was written to since. Where that would be too many
 * files, or too many ranges to map, or where files cannot be kept, a new file has more: pages
 * between those that were written to, or what the topmost files have too.
 *
 * @param kept files of the image that stay, the lowest ones; 0 if all of the memory is written
 * @param extents whole pages, ascending and apart
 */
public record NextLayer(int kept, List<Extent> extents) {

    private static final int MOST_LAYERS = MemoryImage.MOST_LAYERS;

    /** What the files over the lowest one have together, at most: so often the size of the RAM. */
    private static final int MOST_STORED = 2;

    public NextLayer {
        extents = List.copyOf(extents);
    }

    static NextLayer all(long size) {
        return new NextLayer(0, List.of(new Extent(0, size)));
    }

    /**
     * Chooses: of all ways that keep within the bounds the one that writes the least.
     *
     * @param image that the RAM began as
     * @param keepable how many of its files can be kept, from the lowest on
     * @param written since
     */
    static NextLayer choose(MemoryImage image, int keepable, List<Extent> written) {
        if (keepable == 0) {
            return all(image.size());
        }
        List<MemoryImage.Layer> layers = image.layers();
        // With as many files as there may be, all over the lowest become one: the next ones have
        // room then.
        int most = layers.size() < MOST_LAYERS ? Math.min(keepable, layers.size()) : 1;
        List<Extent> changed = written;
        for (int i = most; i < layers.size(); i++) {
            changed = Extents.union(changed, layers.get(i).extents());
        }
        NextLayer best = null;
        for (int kept = most; kept > 0; kept--) {
            if (best != null && Extents.bytes(best.extents) <= Extents.bytes(changed)) {
                break; // over fewer files it is never less
            }
            NextLayer next = over(image, kept, changed);
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

    /** What is written over that many files; null if it cannot be kept within the bounds. */
    private static @Nullable NextLayer over(MemoryImage image, int kept, List<Extent> changed) {
        List<MemoryImage.Layer> below = image.layers().subList(0, kept);
        List<MemoryImage.Piece> pieces = new MemoryImage(image.size(), below).pieces();
        // Half of the room is left to those that come later.
        int room = pieces.size() + (MemoryImage.MOST_PIECES - pieces.size()) / 2;
        List<Extent> extents = Extents.atMost(room, changed);
        while (MemoryImage.laidOver(pieces, kept, extents).size() > room) {
            if (extents.size() == 1) {
                return null;
            }
            extents = Extents.atMost(extents.size() * 3 / 4, extents);
        }
        // What is covered stays on the disk as long as the snapshot.
        long stored = Extents.bytes(extents);
        for (MemoryImage.Layer layer : below.subList(1, kept)) {
            stored += Extents.bytes(layer.extents());
        }
        return stored > MOST_STORED * image.size() ? null : new NextLayer(kept, extents);
    }
}
