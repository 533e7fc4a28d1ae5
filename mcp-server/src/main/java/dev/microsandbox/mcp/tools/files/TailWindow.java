package dev.microsandbox.mcp.tools.files;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

/**
 * Keeps the last bytes of a stream and finds the last lines in them. Holds no more than it was
 * asked for. Not thread-safe.
 */
final class TailWindow extends OutputStream {

    private final byte[] ring;
    private long seen;

    /**
     * @param capacity bytes to keep
     */
    TailWindow(int capacity) {
        ring = new byte[capacity];
    }

    /**
     * The last lines of what was kept.
     *
     * @param content their bytes
     * @param count how many they are; an unfinished one at the end counts
     * @param isCut whether the first of them lacks its beginning: it alone is longer than what was
     *     kept
     */
    record Lines(byte[] content, long count, boolean isCut) {

        /** The first of them. */
        Lines first(long most) {
            int end = 0;
            for (long left = Math.min(most, count); left > 0; left--) {
                while (end < content.length && content[end] != '\n') {
                    end++;
                }
                end = Math.min(end + 1, content.length);
            }
            return new Lines(Arrays.copyOf(content, end), Math.min(most, count), isCut);
        }
    }

    /** The stream is longer than is worth looking through. */
    static final class TooFar extends IOException {

        private static final long serialVersionUID = 1L;

        TooFar() {
            super("more than is looked through for the last lines");
        }
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        int skipped = Math.max(0, length - ring.length);
        seen += skipped;
        for (int i = offset + skipped; i < offset + length; i++) {
            ring[(int) (seen++ % ring.length)] = bytes[i];
        }
        if (seen > LineWindow.MAX_SCAN) {
            throw new TooFar();
        }
    }

    /** Bytes of the whole stream. */
    long seen() {
        return seen;
    }

    /** What was kept. */
    byte[] bytes() {
        int start = seen > ring.length ? (int) (seen % ring.length) : 0;
        int size = (int) Math.min(seen, ring.length);
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = ring[(start + i) % ring.length];
        }
        return bytes;
    }

    /**
     * Up to {@code wanted} of the last lines; only whole ones, unless the last alone is longer than
     * what was kept.
     *
     * @param fromStart whether the stream began where the file does
     */
    Lines last(long wanted, boolean fromStart) {
        byte[] bytes = bytes();
        boolean whole = fromStart && seen <= ring.length;
        long count = 0;
        int start = bytes.length;
        for (int i = bytes.length - 1; i >= 0 && count < wanted; i--) {
            if (i == 0 ? whole : bytes[i - 1] == '\n') {
                start = i;
                count++;
            }
        }
        if (count == 0 && bytes.length > 0) {
            return new Lines(bytes, 1, true);
        }
        return new Lines(Arrays.copyOfRange(bytes, start, bytes.length), count, false);
    }
}
