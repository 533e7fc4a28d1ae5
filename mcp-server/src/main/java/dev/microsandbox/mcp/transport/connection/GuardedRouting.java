package dev.microsandbox.mcp.transport.connection;

import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.HttpSecurity;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;

/**
 * Ends a connection after a request whose body was not read to its end, and after an answer that
 * announces it. Helidon would go on reading: what is left of a body would be its next request.
 */
record GuardedRouting(HttpRouting routing, Connection connection, GuardedReader reader)
        implements HttpRouting {

    @Override
    public void route(ConnectionContext context, RoutingRequest req, RoutingResponse res) {
        boolean chunked = req.headers().contains(HeaderNames.TRANSFER_ENCODING);
        long length = req.headers().contentLength().orElse(0);
        boolean body = chunked || length > 0;
        connection.beginRequest(chunked ? null : length - reader.available());
        reader.beginRequest();
        if (body) {
            res.beforeSend(
                    () -> {
                        if (reader.isBroken() || !req.content().consumed()) {
                            res.headers().set(HeaderValues.CONNECTION_CLOSE);
                        }
                    });
        }
        routing.route(context, req, res);
        if (body && (reader.isBroken() || !req.content().consumed())) {
            throw new CloseConnectionException("the request's body was not read");
        }
        if (res.headers().containsToken(HeaderValues.CONNECTION_CLOSE)) {
            throw new CloseConnectionException("the answer was the connection's last");
        }
        connection.endRequest(reader.available() > 0);
    }

    @Override
    public HttpSecurity security() {
        return routing.security();
    }

    @Override
    public void beforeStart() {
        routing.beforeStart();
    }

    @Override
    public void afterStop() {
        routing.afterStop();
    }
}
