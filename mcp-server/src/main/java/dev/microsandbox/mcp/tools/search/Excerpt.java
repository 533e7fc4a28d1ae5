package dev.microsandbox.mcp.tools.search;

import dev.microsandbox.mcp.tools.output.TextCapture;
import java.util.Arrays;

/** A line of a file, as it is shown. */
final class Excerpt {

    /** Bytes shown of a line. */
    static final int MAX_BYTES = 500;

    /** How much of that comes before what was found. */
    private static final int BEFORE = 150;

    private Excerpt() {}

    /**
     * The text of a line; of a long one, the part around a place.
     *
     * @param line with its end
     * @param place where in it something was found
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
        // Visible control characters take three times the room.
        String text = TextCapture.of(Arrays.copyOfRange(line, from, to), 3 * MAX_BYTES).shown("");
        return (from > 0 ? "…" : "") + text.replace('\n', ' ') + (to < length ? "…" : "");
    }

    private static boolean isInsideCharacter(byte b) {
        return (b & 0xC0) == 0x80;
    }
}
