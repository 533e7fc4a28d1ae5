package dev.microsandbox.mcp.transport;

import io.modelcontextprotocol.common.McpTransportContext;
import java.util.Optional;

/**
 * What goes with the requests of a session that went on after a start of the server: its id. The
 * SDK has given it another.
 */
public record SessionContext(McpTransportContext context, String id)
        implements McpTransportContext {

    private static final String KEY = "microsandbox.session";

    @Override
    public Object get(String key) {
        return key.equals(KEY) ? id : context.get(key);
    }

    /** The id of such a session; empty of one to which the SDK's id belongs. */
    public static Optional<String> idOf(McpTransportContext context) {
        return context.get(KEY) instanceof String id ? Optional.of(id) : Optional.empty();
    }
}
