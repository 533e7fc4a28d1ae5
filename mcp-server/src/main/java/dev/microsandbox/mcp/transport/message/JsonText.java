package dev.microsandbox.mcp.transport.message;

import io.modelcontextprotocol.spec.McpSchema.ErrorCodes;
import java.util.Optional;

/**
 * Bounds what a message becomes in memory, before it is parsed. A value takes one or two bytes in
 * JSON, such as an empty array in an array, and a hundred as an object of Java; strings stay about
 * as large as they are.
 */
public final class JsonText {

    /** Most values and names in one message. A tool's arguments are a few, however long. */
    static final int MAX_VALUES = 100_000;

    /** A message of fewer bytes than this cannot have too many. */
    private static final int SMALL = MAX_VALUES;

    private JsonText() {}

    /**
     * A message that is refused.
     *
     * @param code the code of the JSON-RPC error
     * @param reason for the client
     */
    public record Refusal(int code, String reason) {}

    /**
     * Why a text must not be parsed; empty if it may be. Does not check whether it is JSON.
     *
     * @param text in UTF-8
     */
    public static Optional<Refusal> refusal(byte[] text) {
        // In UTF-16 and UTF-32, which parsers accept, the bytes of ASCII are zero in between.
        for (int i = 0; i < Math.min(4, text.length); i++) {
            if (text[i] == 0) {
                return Optional.of(
                        new Refusal(ErrorCodes.PARSE_ERROR, "A message must be JSON in UTF-8."));
            }
        }
        if (text.length >= SMALL && countSeparators(text) > MAX_VALUES) {
            return Optional.of(
                    new Refusal(
                            ErrorCodes.INVALID_REQUEST,
                            "A message may have at most " + MAX_VALUES + " values."));
        }
        return Optional.empty();
    }

    /** The number of commas, colons and opening brackets outside strings: at least the values. */
    private static int countSeparators(byte[] text) {
        int count = 0;
        boolean inString = false;
        for (int i = 0; i < text.length; i++) {
            switch (text[i]) {
                case '"' -> inString = !inString;
                case '\\' -> i += inString ? 1 : 0;
                case ',', ':', '[', '{' -> count += inString ? 0 : 1;
                default -> {}
            }
        }
        return count;
    }
}
