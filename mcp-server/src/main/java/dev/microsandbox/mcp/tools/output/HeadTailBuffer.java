package dev.microsandbox.mcp.tools.output;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;

/**
 * Keeps the first 40 % and the last 60 % of a text of any length, in UTF-8 bytes, without ever
 * cutting a character. Not thread-safe.
 */
final class HeadTailBuffer {

    /** The most continuation bytes that a UTF-8 character has. */
    private static final int MAX_CONTINUATION = 3;

    private final int limit;
    private final byte[] head;
    private int headLength;
    private boolean headClosed;

    /** The newest bytes after the head, as a ring. */
    private final byte[] tail;

    private long tailWritten;

    private long lines;
    private long headLines;

    /**
     * @param limit bytes to keep at the most
     */
    HeadTailBuffer(int limit) {
        this.limit = limit;
        head = new byte[limit * 2 / 5];
        // The head may stop up to 3 bytes short of its size: the tail then has these bytes more.
        tail = new byte[limit - head.length + MAX_CONTINUATION];
    }

    /** Adds whole characters: surrogate pairs must not be spread over two calls. */
    void append(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        lines += countLines(bytes, bytes.length);
        int taken = headClosed ? 0 : appendToHead(bytes);
        for (int i = Math.max(taken, bytes.length - tail.length); i < bytes.length; ) {
            int position = (int) ((tailWritten + i - taken) % tail.length);
            int length = Math.min(bytes.length - i, tail.length - position);
            System.arraycopy(bytes, i, tail, position, length);
            i += length;
        }
        tailWritten += bytes.length - taken;
    }

    private int appendToHead(byte[] bytes) {
        int length = Math.min(bytes.length, head.length - headLength);
        if (length < bytes.length) {
            headClosed = true;
            while (length > 0 && isContinuation(bytes[length])) {
                length--;
            }
        }
        System.arraycopy(bytes, 0, head, headLength, length);
        headLength += length;
        headLines += countLines(bytes, length);
        return length;
    }

    /** What was kept; further appending is allowed. */
    Kept kept() {
        int room = limit - headLength;
        int tailLength = (int) Math.min(tailWritten, room);
        byte[] end = new byte[tailLength];
        long from = tailWritten - tailLength;
        for (int i = 0; i < tailLength; i++) {
            end[i] = tail[(int) ((from + i) % tail.length)];
        }
        int cut = 0;
        while (from > 0 && cut < tailLength && isContinuation(end[cut])) {
            cut++;
        }
        byte[] whole = Arrays.copyOfRange(end, cut, tailLength);
        return new Kept(
                new String(head, 0, headLength, UTF_8),
                new String(whole, UTF_8),
                tailWritten - whole.length,
                lines - headLines - countLines(whole, whole.length));
    }

    private static boolean isContinuation(byte b) {
        return (b & 0xC0) == 0x80;
    }

    private static long countLines(byte[] bytes, int length) {
        long count = 0;
        for (int i = 0; i < length; i++) {
            if (bytes[i] == '\n') {
                count++;
            }
        }
        return count;
    }

    /**
     * A text's two ends.
     *
     * @param omittedBytes UTF-8 bytes between head and tail; 0 if the two are the whole text
     * @param omittedLines line ends among them
     */
    record Kept(String head, String tail, long omittedBytes, long omittedLines) {}
}
