package dev.microsandbox.mcp.text;

/**
 * Which characters act on a reader's terminal or on the order of a line instead of being shown: C0,
 * DEL and C1 (ECMA-48), the line and paragraph separators, the controls of the bidirectional
 * algorithm (Unicode Standard Annex #9), and unpaired surrogates.
 */
public final class ControlCharacters {

    private ControlCharacters() {}

    /** Whether a character acts instead of being shown. Line feed and tab do, too. */
    public static boolean isControl(int c) {
        return c < ' '
                || (c >= 0x7F && c <= 0x9F)
                || c == 0x061C
                || c == 0x200E
                || c == 0x200F
                || (c >= 0x2028 && c <= 0x202E)
                || (c >= 0x2066 && c <= 0x2069)
                || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)
                // Tags: invisible copies of ASCII.
                || (c >= 0xE0000 && c <= 0xE007F);
    }

    /**
     * A text in one line of bounded length, with every control character as an escape such as
     * {@code \n} or {@code \u001b}.
     *
     * @param most maximum number of characters of the text that are kept
     */
    public static String escape(String text, int most) {
        int length = Math.min(text.length(), most);
        StringBuilder line = new StringBuilder(length + 16);
        for (int i = 0; i < length; ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            escape(c, line);
        }
        if (text.length() > most) {
            line.append("… (").append(text.length() - most).append(" more characters)");
        }
        return line.toString();
    }

    /** As {@link #escape}, but line feeds and tabs remain. For a text of several lines. */
    static String visible(String text, int most) {
        int length = Math.min(text.length(), most);
        StringBuilder shown = new StringBuilder(length + 16);
        for (int i = 0; i < length; ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            if (c == '\n' || c == '\t') {
                shown.append((char) c);
            } else {
                escape(c, shown);
            }
        }
        if (text.length() > most) {
            shown.append("… (").append(text.length() - most).append(" more characters)");
        }
        return shown.toString();
    }

    /** Appends a character, or its escape if it is a control character. */
    static void escape(int c, StringBuilder line) {
        if (!isControl(c)) {
            line.appendCodePoint(c);
            return;
        }
        switch (c) {
            case '\n' -> line.append("\\n");
            case '\r' -> line.append("\\r");
            case '\t' -> line.append("\\t");
            default -> line.append(c > 0xFFFF ? "\\U%08x".formatted(c) : "\\u%04x".formatted(c));
        }
    }
}
