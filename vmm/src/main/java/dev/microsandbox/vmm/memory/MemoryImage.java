package dev.microsandbox.vmm.memory;

import dev.microsandbox.vmm.linux.Extent;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.linux.OpenFile;
import java.util.ArrayList;
import java.util.List;

/**
 * The content of RAM at one moment, in files that must not change any more. The lowest file has all
 * of it. Each further file has what changed since the one below. All files are as large as the RAM.
 * An offset is an offset in the RAM, not counting the MMIO gap. Immutable.
 *
 * @param size in bytes
 * @param layers at least one; the one with all of the memory comes first
 */
public record MemoryImage(long size, List<Layer> layers) {

    /**
     * The most files of an image. Each takes a descriptor in every process that has the image open,
     * and time to check when the image is opened.
     */
    public static final int MOST_LAYERS = 16;

    /**
     * The most ranges of an image that belong to files other than the lowest. Each is a mapping of
     * its own, and so is the gap between two of them; of those a process has a limited number.
     * Making one takes microseconds.
     */
    public static final int MOST_PIECES = 512;

    public MemoryImage {
        layers = List.copyOf(layers);
        if (layers.isEmpty()) {
            throw new IllegalArgumentException("an image without a file");
        }
    }

    /**
     * A file, and the ranges of it that belong to the image.
     *
     * @param file open for reading; stays open until the last machine has been made of the image
     * @param extents whole pages, in ascending order, not touching each other. Outside of them, the
     *     layer below shows through; below the lowest layer are zeros
     */
    public record Layer(OpenFile file, List<Extent> extents) {

        public Layer {
            extents = List.copyOf(extents);
        }
    }

    /** Whether a file has become shorter. */
    boolean isCut() {
        return layers.stream().anyMatch(layer -> isCut(layer.file()));
    }

    private boolean isCut(OpenFile layer) {
        try {
            return layer.size() < size;
        } catch (LinuxException e) {
            return true;
        }
    }

    /**
     * A range of the RAM that one file holds.
     *
     * @param layer the file's index; the lowest has 0
     */
    record Piece(int layer, Extent range) {}

    /** The file that has all of the memory. */
    Layer base() {
        return layers.getFirst();
    }

    /** The ranges to map over the lowest file, in ascending order, not overlapping. */
    List<Piece> pieces() {
        List<Piece> pieces = List.of();
        for (int i = 1; i < layers.size(); i++) {
            pieces = laidOver(pieces, i, layers.get(i).extents());
        }
        return pieces;
    }

    /**
     * The number of ranges to map over the lowest file.
     *
     * @param changes the extents of each layer above the lowest
     */
    public static int pieceCount(List<List<Extent>> changes) {
        List<Piece> pieces = List.of();
        for (int i = 0; i < changes.size(); i++) {
            pieces = laidOver(pieces, i + 1, changes.get(i));
        }
        return pieces.size();
    }

    /** The pieces that are visible with one more layer on top. */
    static List<Piece> laidOver(List<Piece> below, int layer, List<Extent> extents) {
        List<Piece> pieces = new ArrayList<>(below.size() + extents.size());
        int next = 0; // index of a piece
        long from = 0; // everything before this offset is dealt with
        for (Extent extent : extents) {
            for (; next < below.size(); next++) {
                Piece piece = below.get(next);
                long begin = Math.max(from, piece.range().offset());
                long end = Math.min(piece.range().end(), extent.offset());
                if (begin < end) {
                    pieces.add(new Piece(piece.layer(), new Extent(begin, end - begin)));
                }
                if (piece.range().end() > extent.end()) {
                    break; // the piece continues after the extent
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
