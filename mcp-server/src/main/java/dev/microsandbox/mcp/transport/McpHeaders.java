package dev.microsandbox.mcp.transport;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.modelcontextprotocol.spec.HttpHeaders;
import java.util.List;
import java.util.Locale;

/** The request headers that Streamable HTTP defines or uses. */
final class McpHeaders {

    static final String SESSION_ID_NAME = HttpHeaders.MCP_SESSION_ID;
    static final String PROTOCOL_VERSION_NAME = HttpHeaders.PROTOCOL_VERSION;

    static final HeaderName SESSION_ID = HeaderNames.create(SESSION_ID_NAME);
    static final HeaderName PROTOCOL_VERSION = HeaderNames.create(PROTOCOL_VERSION_NAME);

    static final String JSON = "application/json";
    static final String EVENT_STREAM = "text/event-stream";

    private McpHeaders() {}

    /**
     * Whether the client accepts a response of this media type. Without an {@code Accept} header it
     * accepts anything (RFC 9110 section 12.5.1).
     */
    static boolean accepts(ServerRequest req, String type) {
        List<String> values = req.headers().values(HeaderNames.ACCEPT);
        if (values.isEmpty()) {
            return true;
        }
        String group = type.substring(0, type.indexOf('/')) + "/*";
        for (String value : values) {
            for (String range : value.split(",", -1)) {
                String name = mediaType(range);
                if (name.equals(type) || name.equals(group) || name.equals("*/*")) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Whether the request declares its body as JSON. */
    static boolean isJson(ServerRequest req) {
        return req.headers()
                .first(HeaderNames.CONTENT_TYPE)
                .map(McpHeaders::mediaType)
                .filter(JSON::equals)
                .isPresent();
    }

    private static String mediaType(String text) {
        int end = text.indexOf(';');
        return (end < 0 ? text : text.substring(0, end)).strip().toLowerCase(Locale.ROOT);
    }
}
