package dev.microsandbox.mcp.memory;

/**
 * Estimates what the values of a JSON text occupy once they are parsed, beyond their characters. A
 * text of many tiny values grows to more than twenty times its size: {@code [{"":0},{"":0},…]}
 * costs 176 bytes for seven.
 */
final class JsonWeight {

    /** A map with its table and one entry. A list takes less. */
    private static final int CONTAINER = 176;

    /** A short string, and the place in which a container refers to it. */
    private static final int VALUE = 56;

    private JsonWeight() {}

    /** The estimate in bytes. The text may be malformed. */
    static long of(byte[] text) {
        long containers = 0;
        long values = 0;
        boolean quoted = false;
        for (int i = 0; i < text.length; i++) {
            switch (text[i]) {
                case '\\' -> i++;
                case '"' -> quoted = !quoted;
                case '{', '[' -> containers += quoted ? 0 : 1;
                case ',', ':' -> values += quoted ? 0 : 1;
                default -> {
                    // Part of a value.
                }
            }
        }
        return containers * CONTAINER + values * VALUE;
    }
}
