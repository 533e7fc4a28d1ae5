package dev.microsandbox.mcp.tools.files;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

/**
 * Takes a range of lines out of a stream of bytes. A short stream is read to its end then, to count
 * its lines; a longer one is stopped. Holds no more than it was asked for. Not thread-safe.
 */
final class LineWindow extends OutputStream {

    /** Bytes at a file's beginning that tell what it is. */
    static final int PREFIX = 8192;

    /** How far to look for the first line: as far as any one transfer goes. */
    static final long MAX_SCAN = 64L * 1024 * 1024;

    /** How far to go on, once the lines are there, to count the rest. */
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

    /** Why nothing more is taken. */
    enum Stop {
        END_OF_FILE,
        ENOUGH_LINES,
        ENOUGH_BYTES,
        /** The first line lies beyond {@link #MAX_SCAN}. */
        TOO_FAR
    }

    /** Stops the transfer: the window is complete. */
    static final class Complete extends IOException {

        private static final long serialVersionUID = 1L;

        Complete() {
            super("all wanted lines have been read");
        }
    }

    /**
     * @param firstLine counted from 1
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
            throw new Complete();
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

    /** Whether the first of the wanted lines is cut, because it alone is longer than the window. */
    boolean isLineCut() {
        return stop == Stop.ENOUGH_BYTES && wholeLines == 0;
    }

    /** The wanted lines; a last one that did not fit is left out, unless it is the only one. */
    byte[] content() {
        byte[] all = content.toByteArray();
        if (stop != Stop.ENOUGH_BYTES || wholeLines == 0) {
            return all;
        }
        return Arrays.copyOf(all, wholeLinesEnd);
    }

    /** How many lines {@link #content} has; an unfinished one at the end counts. */
    long lines() {
        boolean unfinished = content.size() > wholeLinesEnd;
        boolean shown = stop != Stop.ENOUGH_BYTES || wholeLines == 0;
        return wholeLines + (unfinished && shown ? 1 : 0);
    }

    /** Where in the stream {@link #content} begins, once it does. */
    long start() {
        return scanned;
    }

    /** Bytes of the stream so far. */
    long seen() {
        return seen;
    }

    /** Lines of the stream, once it has been read to its end. */
    long totalLines() {
        return lineEnds + (last == '\n' ? 0 : 1);
    }
}
