package dev.microsandbox.mcp.transport.stdio;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a byte stream into lines of bounded length. Not thread-safe.
 *
 * <p>A line that is too long is read to its end and discarded. The buffer of a long line is
 * released with the line, so that one big message does not enlarge the process forever.
 */
final class LineReader {

    private static final int CHUNK = 8192;

    private final InputStream in;
    private final int maxBytes;

    private final byte[] chunk = new byte[CHUNK];
    private int position;
    private int limit;

    /**
     * Reads lines from a stream.
     *
     * @param maxBytes maximum length of a line without its line end, in bytes
     */
    LineReader(InputStream in, int maxBytes) {
        this.in = in;
        this.maxBytes = maxBytes;
    }

    /** The line was longer than allowed and has been skipped. Reading can continue after it. */
    static final class LineTooLongException extends IOException {

        private static final long serialVersionUID = 1L;

        LineTooLongException(String message) {
            super(message);
        }
    }

    /**
     * Waits for the next line.
     *
     * @return the line without its LF or CRLF; null at the end of the stream. The last line does
     *     not need a line end
     * @throws LineTooLongException if the line was too long and has been skipped
     */
    byte @Nullable [] next() throws IOException {
        byte[] line = new byte[0];
        int length = 0;
        boolean tooLong = false;
        while (true) {
            if (position == limit && !fill()) {
                if (tooLong) {
                    throw tooLong();
                }
                return length == 0 ? null : finish(line, length);
            }
            int end = indexOfNewline();
            int count = end - position;
            // Subtract, because the sum could overflow.
            if (!tooLong && count > maxBytes - length) {
                tooLong = true;
                line = new byte[0];
            }
            if (!tooLong) {
                try {
                    line = append(line, length, count);
                    length += count;
                } catch (OutOfMemoryError e) {
                    // Otherwise the rest of this line would be taken for a message.
                    tooLong = true;
                    line = new byte[0];
                }
            }
            position = end;
            if (position < limit) {
                position++;
                if (tooLong) {
                    throw tooLong();
                }
                return finish(line, length);
            }
        }
    }

    private boolean fill() throws IOException {
        position = 0;
        limit = Math.max(0, in.read(chunk));
        return limit > 0;
    }

    private int indexOfNewline() {
        int end = position;
        while (end < limit && chunk[end] != '\n') {
            end++;
        }
        return end;
    }

    private byte[] append(byte[] line, int length, int count) {
        byte[] result = line;
        if (count > result.length - length) {
            long doubled = Math.max(2L * result.length, (long) length + count);
            result = Arrays.copyOf(result, (int) Math.min(doubled, maxBytes));
        }
        System.arraycopy(chunk, position, result, length, count);
        return result;
    }

    private static byte[] finish(byte[] line, int length) {
        int end = length > 0 && line[length - 1] == '\r' ? length - 1 : length;
        return end == line.length ? line : Arrays.copyOf(line, end);
    }

    private LineTooLongException tooLong() {
        return new LineTooLongException(
                "A message may have at most "
                        + maxBytes
                        + " bytes, and fewer when the server's memory is short; this one was"
                        + " skipped.");
    }
}
