package dev.microsandbox.mcp.tools.search;

import dev.microsandbox.mcp.tools.output.TextCapture;
import java.util.Arrays;

/** Cuts a line of a file to the length that is shown. */
final class Excerpt {

    /** Maximum number of bytes shown of a line. */
    static final int MAX_BYTES = 500;

    /** How many bytes before the match are shown. */
    private static final int BEFORE = 150;

    private Excerpt() {}

    /**
     * The text of a line, or of a long line the part around a match.
     *
     * @param line the bytes of the line with its line end
     * @param place the offset of the match in the line
     */
    static String of(byte[] line, int place) {
        int length = line.length;
        while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r')) {
            length--;
        }
        int from = 0;
        if (length > MAX_BYTES && place > BEFORE) {
            from = Math.min(place - BEFORE, length - MAX_BYTES);
        }
        int to = Math.min(length, from + MAX_BYTES);
        while (from > 0 && from < to && isInsideCharacter(line[from])) {
            from++;
        }
        while (to < length && to > from && isInsideCharacter(line[to])) {
            to--;
        }
        // A control character made visible takes three bytes.
        String text = TextCapture.of(Arrays.copyOfRange(line, from, to), 3 * MAX_BYTES).shown("");
        return (from > 0 ? "…" : "") + text.replace('\n', ' ') + (to < length ? "…" : "");
    }

    private static boolean isInsideCharacter(byte b) {
        return (b & 0xC0) == 0x80;
    }
}
