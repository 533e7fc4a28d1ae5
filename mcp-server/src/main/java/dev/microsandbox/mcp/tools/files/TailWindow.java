package dev.microsandbox.mcp.tools.files;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

/** Keeps the last bytes of a stream and finds the last lines in them. Not thread-safe. */
final class TailWindow extends OutputStream {

    private final byte[] ring;
    private long seen;

    /**
     * @param capacity number of bytes to keep
     */
    TailWindow(int capacity) {
        ring = new byte[capacity];
    }

    /**
     * The last lines of the kept bytes.
     *
     * @param content the bytes of the lines
     * @param count the number of lines; an unfinished line at the end counts
     * @param isCut whether the first line lacks its beginning because it alone exceeds the kept
     *     bytes
     */
    record Lines(byte[] content, long count, boolean isCut) {

        /** The first {@code most} of the lines. */
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

    /** The stream exceeds the amount that is searched for the last lines. */
    static final class StreamTooLongException extends IOException {

        private static final long serialVersionUID = 1L;

        StreamTooLongException() {
            super("the stream exceeds what is searched for the last lines");
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
            throw new StreamTooLongException();
        }
    }

    /** The number of bytes of the whole stream. */
    long seen() {
        return seen;
    }

    /** The kept bytes. */
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
     * Up to {@code wanted} last lines. Only whole lines, unless the last line alone exceeds the
     * kept bytes.
     *
     * @param fromStart whether the stream began at the beginning of the file
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
