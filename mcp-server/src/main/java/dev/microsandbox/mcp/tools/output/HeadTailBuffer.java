package dev.microsandbox.mcp.tools.output;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;

/**
 * Keeps the beginning and the end of a text of any length: 40 % of the limit for the beginning and
 * 60 % for the end, in UTF-8 bytes. Never cuts a character. Not thread-safe.
 */
final class HeadTailBuffer {

    /** Maximum number of continuation bytes of a UTF-8 character. */
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
     * @param limit maximum number of bytes to keep
     */
    HeadTailBuffer(int limit) {
        this.limit = limit;
        head = new byte[limit * 2 / 5];
        // The head may end up to 3 bytes before its limit; the tail then holds these bytes.
        tail = new byte[limit - head.length + MAX_CONTINUATION];
    }

    /** Appends a text of whole characters. A surrogate pair must not be split across two calls. */
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

    /** The kept text. More text may be appended afterwards. */
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
     * The beginning and the end of a text.
     *
     * @param omittedBytes number of UTF-8 bytes between head and tail; 0 if they are the whole text
     * @param omittedLines number of line ends among these bytes
     */
    record Kept(String head, String tail, long omittedBytes, long omittedLines) {}
}
