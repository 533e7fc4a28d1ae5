package dev.microsandbox.mcp.transport;

import io.modelcontextprotocol.common.McpTransportContext;
import java.util.Optional;

/**
 * The context of requests in a session that was resumed after a restart of the server. It carries
 * the session's original id, because the SDK has given the session a new one.
 *
 * @param context the context to which the id is added
 * @param id the original session id, which the client uses
 */
public record SessionContext(McpTransportContext context, String id)
        implements McpTransportContext {

    private static final String KEY = "microsandbox.session";

    @Override
    public Object get(String key) {
        return key.equals(KEY) ? id : context.get(key);
    }

    /** The original id of a resumed session; empty if the session still has the SDK's id. */
    public static Optional<String> idOf(McpTransportContext context) {
        return context.get(KEY) instanceof String id ? Optional.of(id) : Optional.empty();
    }
}
