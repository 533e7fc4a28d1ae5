package dev.microsandbox.vmm.memory;

import dev.microsandbox.vmm.linux.Extent;
import dev.microsandbox.vmm.linux.OpenFile;
import java.util.ArrayList;
import java.util.List;

/**
 * RAM as it once was, in files that must not change any more: one with all of it, and over that any
 * number with what has changed since the one below. All are as large as the RAM; an offset is that
 * in the RAM, without the MMIO gap. Immutable.
 *
 * @param size in bytes
 * @param layers the one with all of the memory first; at least that one
 */
public record MemoryImage(long size, List<Layer> layers) {

    /**
     * Files an image has at most. Each takes a descriptor of every process that has it open, and
     * time to look at when it is opened.
     */
    public static final int MOST_LAYERS = 16;

    /**
     * Ranges of an image that are not the lowest file's, at most. Each is a mapping of its own, and
     * so is what is between two; a process can have 65,530. Making one takes microseconds.
     */
    public static final int MOST_PIECES = 512;

    public MemoryImage {
        layers = List.copyOf(layers);
        if (layers.isEmpty()) {
            throw new IllegalArgumentException("an image without a file");
        }
    }

    /**
     * A file, and what counts of it.
     *
     * @param file open for reading; to stay open until the last machine has been made of it
     * @param extents whole pages, ascending and apart. Outside of them it is as the layer below;
     *     the lowest one has zeros there
     */
    public record Layer(OpenFile file, List<Extent> extents) {

        public Layer {
            extents = List.copyOf(extents);
        }
    }

    /**
     * A range of the RAM that is one file's.
     *
     * @param layer which, counted from the lowest one's 0
     */
    record Piece(int layer, Extent range) {}

    /** The file that has all of the memory. */
    Layer base() {
        return layers.getFirst();
    }

    /** What is to be mapped over the lowest file: ascending and apart. */
    List<Piece> pieces() {
        List<Piece> pieces = List.of();
        for (int i = 1; i < layers.size(); i++) {
            pieces = laidOver(pieces, i, layers.get(i).extents());
        }
        return pieces;
    }

    /**
     * How many ranges there are to be mapped over the lowest file.
     *
     * @param changes the extents of each layer over that
     */
    public static int pieceCount(List<List<Extent>> changes) {
        List<Piece> pieces = List.of();
        for (int i = 0; i < changes.size(); i++) {
            pieces = laidOver(pieces, i + 1, changes.get(i));
        }
        return pieces.size();
    }

    /** Pieces with one more layer over them. */
    static List<Piece> laidOver(List<Piece> below, int layer, List<Extent> extents) {
        List<Piece> pieces = new ArrayList<>(below.size() + extents.size());
        int next = 0; // of the pieces
        long from = 0; // what of that piece is before here has been dealt with
        for (Extent extent : extents) {
            for (; next < below.size(); next++) {
                Piece piece = below.get(next);
                long begin = Math.max(from, piece.range().offset());
                long end = Math.min(piece.range().end(), extent.offset());
                if (begin < end) {
                    pieces.add(new Piece(piece.layer(), new Extent(begin, end - begin)));
                }
                if (piece.range().end() > extent.end()) {
                    break; // there is more of it behind the extent
                }
            }
            pieces.add(new Piece(layer, extent));
            from = extent.end();
        }
        for (; next < below.size(); next++) {
            Piece piece = below.get(next);
            long begin = Math.max(from, piece.range().offset());
            pieces.add(new Piece(piece.layer(), new Extent(begin, piece.range().end() - begin)));
        }
        return pieces;
    }
}
