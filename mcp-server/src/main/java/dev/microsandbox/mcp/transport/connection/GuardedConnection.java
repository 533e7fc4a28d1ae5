package dev.microsandbox.mcp.transport.connection;

import io.helidon.common.concurrency.limits.Limit;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ServerConnectionException;
import io.helidon.webserver.spi.ServerConnection;
import java.time.Duration;

/** Runs an HTTP connection as one of the server's {@link Connections}. */
record GuardedConnection(Connections all, Connection connection, ServerConnection http)
        implements ServerConnection {

    @Override
    public void handle(Limit limit) throws InterruptedException {
        try {
            connection.during(
                    () -> {
                        http.handle(limit);
                        return null;
                    });
            connection.drain();
        } catch (ServerConnectionException e) {
            throw e;
        } catch (CloseConnectionException e) {
            connection.drain();
            throw e;
        } finally {
            all.closed(connection);
        }
    }

    /** Zero: {@link Connections} closes idle connections, with limits of its own. */
    @Override
    public Duration idleTime() {
        return Duration.ZERO;
    }

    @Override
    public void close(boolean interrupt) {
        http.close(interrupt);
    }
}
