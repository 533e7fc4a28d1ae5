package dev.microsandbox.mcp.transport;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.modelcontextprotocol.spec.HttpHeaders;
import java.util.List;
import java.util.Locale;

/**
 * The paths and headers that MCP over HTTP defines or uses, and those in which a front and a worker
 * tell each other what is not the client's to say. The latter begin with {@code Msb-}: the front
 * passes no such header on, in either direction.
 */
public final class McpHeaders {

    public static final String MCP_PATH = "/mcp";
    public static final String SSE_PATH = "/sse";
    public static final String MESSAGES_PATH = "/messages";

    public static final String SESSION_ID_NAME = HttpHeaders.MCP_SESSION_ID;
    static final String PROTOCOL_VERSION_NAME = HttpHeaders.PROTOCOL_VERSION;

    public static final HeaderName SESSION_ID = HeaderNames.create(SESSION_ID_NAME);
    static final HeaderName PROTOCOL_VERSION = HeaderNames.create(PROTOCOL_VERSION_NAME);

    public static final String JSON = "application/json";
    public static final String EVENT_STREAM = "text/event-stream";

    /** To a worker: the caller's namespace. */
    public static final String NAMESPACE_NAME = "Msb-Namespace";

    /** To a worker: the id of the caller's key. Missing where none was used. */
    public static final String KEY_NAME = "Msb-Key";

    /** To a worker: the client's address, as {@code ClientAddresses} names it. */
    public static final String PEER_NAME = "Msb-Peer";

    /**
     * To a worker: {@code 1} in a request for a stream that the front keeps open by itself when the
     * worker ends. It is no reason to go on running.
     */
    public static final String HELD_NAME = "Msb-Held";

    /**
     * From a worker, in an event stream: the id of the JSON-RPC request that the stream answers, as
     * JSON. With it the front can answer the request if the worker ends in the middle.
     */
    public static final String REQUEST_NAME = "Msb-Request";

    private McpHeaders() {}

    /**
     * Whether the client accepts a response of this media type. Without an {@code Accept} header it
     * accepts anything (RFC 9110 section 12.5.1).
     */
    public static boolean accepts(ServerRequest req, String type) {
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
