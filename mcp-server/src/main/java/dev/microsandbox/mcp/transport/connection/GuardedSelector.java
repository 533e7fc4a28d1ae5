package dev.microsandbox.mcp.transport.connection;

import io.helidon.common.buffers.BufferData;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.util.Set;

/**
 * Makes each new connection a guarded HTTP/1.1 connection. It must be the listener's only selector:
 * with a second one Helidon reads from the connection before it asks either.
 */
public final class GuardedSelector implements ServerConnectionSelector {

    private final Connections connections;
    private final Http1ConnectionSelector http =
            Http1ConnectionSelector.builder().config(config -> {}).build();

    public GuardedSelector(Connections connections) {
        this.connections = connections;
    }

    @Override
    public int bytesToIdentifyConnection() {
        return http.bytesToIdentifyConnection();
    }

    @Override
    public Support supports(BufferData data) {
        return http.supports(data);
    }

    @Override
    public Set<String> supportedApplicationProtocols() {
        return http.supportedApplicationProtocols();
    }

    @Override
    public ServerConnection connection(ConnectionContext context) {
        Connection connection = connections.open(context.serverSocket());
        return new GuardedConnection(
                connections, connection, http.connection(new GuardedContext(context, connection)));
    }
}
