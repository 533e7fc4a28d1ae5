package dev.microsandbox.mcp.front;

import io.modelcontextprotocol.json.McpJsonMapper;
import java.io.IOException;
import java.util.Optional;
import java.util.regex.Pattern;

/** The id of a JSON-RPC request, as a worker states it: JSON, and hostile. */
final class RequestId {

    private static final int MAX_LENGTH = 256;

    private static final Pattern INTEGER = Pattern.compile("-?(0|[1-9][0-9]{0,17})");

    private static final Pattern STRING =
            Pattern.compile("\"([ !#-\\[\\]-~]|\\\\[\"\\\\/bfnrt]|\\\\u[0-9A-Fa-f]{4})*+\"");

    private RequestId() {}

    /** The id's value: a string or an integer. Empty if the text is neither. */
    static Optional<Object> parse(String text, McpJsonMapper json) {
        if (text.length() > MAX_LENGTH
                || !(INTEGER.matcher(text).matches() || STRING.matcher(text).matches())) {
            return Optional.empty();
        }
        try {
            return Optional.of(json.readValue(text, Object.class));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
