package dev.microsandbox.mcp.tools.files;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

/**
 * Extracts a range of lines from a stream of bytes. After the range it reads a short stream to its
 * end, to count the lines, and stops a longer one. Keeps only the requested lines. Not thread-safe.
 */
final class LineWindow extends OutputStream {

    /** Number of bytes at a file's beginning from which its type is determined. */
    static final int PREFIX = 8192;

    /** How far to look for the first line, in bytes: the maximum of one transfer. */
    static final long MAX_SCAN = 64L * 1024 * 1024;

    /** How far to read in order to count the remaining lines, in bytes. */
    private static final long MAX_COUNTED = 1024 * 1024;

    private final long firstLine;
    private final long maxLines;
    private final int maxBytes;
    private final ByteArrayOutputStream prefix = new ByteArrayOutputStream();
    private final ByteArrayOutputStream content = new ByteArrayOutputStream();

    private long seen;
    private long lineEnds;
    private byte last = '\n';
    private long line = 1;
    private long scanned;
    private long wholeLines;
    private int wholeLinesEnd;
    private Stop stop = Stop.END_OF_FILE;

    /** Why the window takes no more lines. */
    enum Stop {
        END_OF_FILE,
        ENOUGH_LINES,
        ENOUGH_BYTES,
        /** The first line lies beyond {@link #MAX_SCAN}. */
        TOO_FAR
    }

    /** Stops the transfer because the window is complete. */
    static final class WindowCompleteException extends IOException {

        private static final long serialVersionUID = 1L;

        WindowCompleteException() {
            super("all wanted lines have been read");
        }
    }

    /**
     * @param firstLine the first line, counted from 1
     * @param maxLines maximum number of lines
     * @param maxBytes maximum number of bytes
     */
    LineWindow(long firstLine, long maxLines, int maxBytes) {
        this.firstLine = firstLine;
        this.maxLines = maxLines;
        this.maxBytes = maxBytes;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        prefix.write(bytes, offset, Math.min(length, PREFIX - prefix.size()));
        for (int i = offset; i < offset + length; i++) {
            count(bytes[i]);
            if (stop == Stop.END_OF_FILE) {
                if (line < firstLine) {
                    skip(bytes[i]);
                } else {
                    take(bytes[i]);
                }
            }
        }
        if (stop == Stop.TOO_FAR || (stop != Stop.END_OF_FILE && seen > MAX_COUNTED)) {
            throw new WindowCompleteException();
        }
    }

    private void count(byte b) {
        seen++;
        last = b;
        if (b == '\n') {
            lineEnds++;
        }
    }

    private void skip(byte b) {
        if (++scanned > MAX_SCAN) {
            stop = Stop.TOO_FAR;
        } else if (b == '\n') {
            line++;
        }
    }

    private void take(byte b) {
        if (line - firstLine >= maxLines) {
            stop = Stop.ENOUGH_LINES;
        } else if (content.size() >= maxBytes) {
            stop = Stop.ENOUGH_BYTES;
        } else {
            content.write(b);
            if (b == '\n') {
                line++;
                wholeLines++;
                wholeLinesEnd = content.size();
            }
        }
    }

    Stop stop() {
        return stop;
    }

    byte[] prefix() {
        return prefix.toByteArray();
    }

    /** Whether the first wanted line is cut because it alone exceeds the window. */
    boolean isLineCut() {
        return stop == Stop.ENOUGH_BYTES && wholeLines == 0;
    }

    /** The wanted lines. Omits a last line that did not fit, unless it is the only one. */
    byte[] content() {
        byte[] all = content.toByteArray();
        if (stop != Stop.ENOUGH_BYTES || wholeLines == 0) {
            return all;
        }
        return Arrays.copyOf(all, wholeLinesEnd);
    }

    /** The number of lines in {@link #content}. An unfinished line at the end counts. */
    long lines() {
        boolean unfinished = content.size() > wholeLinesEnd;
        boolean shown = stop != Stop.ENOUGH_BYTES || wholeLines == 0;
        return wholeLines + (unfinished && shown ? 1 : 0);
    }

    /** The offset in the stream at which {@link #content} begins, once it has begun. */
    long start() {
        return scanned;
    }

    /** The number of bytes read from the stream so far. */
    long seen() {
        return seen;
    }

    /** The number of lines of the stream, once it has been read to its end. */
    long totalLines() {
        return lineEnds + (last == '\n' ? 0 : 1);
    }
}
