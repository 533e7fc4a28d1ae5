package dev.microsandbox.mcp.front;

/** The grammar of header fields: RFC 9110, sections 5.5 and 5.6.2. */
final class FieldText {

    private static final String MARKS = "!#$%&'*+-.^_`|~";

    private FieldText() {}

    /** Whether a text is a token, such as a field's name or a method. */
    static boolean isToken(String text) {
        return !text.isEmpty() && text.chars().allMatch(FieldText::isTokenCharacter);
    }

    private static boolean isTokenCharacter(int c) {
        return (c >= '0' && c <= '9')
                || (c >= 'A' && c <= 'Z')
                || (c >= 'a' && c <= 'z')
                || (c < 0x80 && MARKS.indexOf(c) >= 0);
    }

    /** Whether a text may be a field's value: visible characters, obs-text, spaces and tabs. */
    static boolean isValue(String text) {
        return text.chars()
                .allMatch(c -> c == '\t' || (c >= ' ' && c < 0x7F) || (c >= 0x80 && c <= 0xFF));
    }

    /** Whether a text has visible ASCII characters only, and at least one. */
    static boolean isVisible(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> c > ' ' && c < 0x7F);
    }

    /** A value without the spaces and tabs around it. */
    static String trim(String text) {
        int begin = 0;
        int end = text.length();
        while (begin < end && isBlank(text.charAt(begin))) {
            begin++;
        }
        while (begin < end && isBlank(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(begin, end);
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }
}
