package dev.microsandbox.mcp.worker;

import dev.microsandbox.mcp.memory.Owner;
import dev.microsandbox.mcp.transport.Caller;
import dev.microsandbox.mcp.transport.HttpListener;
import dev.microsandbox.mcp.transport.McpHeaders;
import dev.microsandbox.mcp.transport.connection.Connection;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Believes what the front states of a request: the caller's namespace, key and address. Whoever
 * else could state it cannot reach the worker's socket.
 */
public final class StatementGate implements HttpListener.Gate {

    private static final HeaderName NAMESPACE = HeaderNames.create(McpHeaders.NAMESPACE_NAME);
    private static final HeaderName KEY = HeaderNames.create(McpHeaders.KEY_NAME);
    private static final HeaderName PEER = HeaderNames.create(McpHeaders.PEER_NAME);

    private final String namespace;
    private final Consumer<String> keySeen;

    /**
     * @param namespace the worker's, to which all requests belong
     * @param keySeen is told the key of each request
     */
    public StatementGate(String namespace, Consumer<String> keySeen) {
        this.namespace = namespace;
        this.keySeen = keySeen;
    }

    @Override
    public Handler guard(HttpListener.GuardedHandler handler) {
        return (req, res) -> {
            if (!namespace.equals(header(req, NAMESPACE))) {
                // Only a front of another release could do this.
                res.status(Status.MISDIRECTED_REQUEST_421).send();
                return;
            }
            String key = header(req, KEY);
            if (key != null) {
                keySeen.accept(key);
            }
            String peer = header(req, PEER);
            String owner = key != null ? key : peer == null ? "" : peer;
            if (Connection.current().countTo(new Owner(namespace, owner))) {
                handler.handle(req, res, new Caller(namespace, key));
            } else {
                // The front has fewer connections than this worker takes.
                res.status(Status.TOO_MANY_REQUESTS_429).send();
            }
        };
    }

    private static @Nullable String header(ServerRequest req, HeaderName name) {
        return req.headers().first(name).orElse(null);
    }
}
