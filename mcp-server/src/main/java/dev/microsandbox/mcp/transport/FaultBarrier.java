package dev.microsandbox.mcp.transport;

import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.EOFException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.SocketException;

/**
 * The last resort around the handlers of HTTP requests. What a handler throws, an {@link Error}
 * included, costs that request alone: it is answered with 500 and a JSON-RPC error, and takes one
 * line of the log. Exceptions with which the web server ends requests and connections pass.
 */
final class FaultBarrier {

    private final JsonRpc jsonRpc;
    private final Responses responses;

    FaultBarrier(JsonRpc jsonRpc, Responses responses) {
        this.jsonRpc = jsonRpc;
        this.responses = responses;
    }

    Handler around(Handler handler) {
        return (req, res) -> {
            try {
                handler.handle(req, res);
            } catch (RuntimeException | Error e) {
                if (isOfConnection(e)) {
                    throw e;
                }
                answer(req, res, e);
            }
        };
    }

    /** Whether the web server threw this itself, or the client has left. */
    private static boolean isOfConnection(Throwable e) {
        if (e instanceof UncheckedIOException) {
            return e.getCause() instanceof SocketException
                    || e.getCause() instanceof EOFException
                    || e.getCause() instanceof InterruptedIOException;
        }
        return e.getClass().getName().startsWith("io.helidon.");
    }

    private void answer(ServerRequest req, ServerResponse res, Throwable fault) {
        byte[] error = jsonRpc.error(null, fault);
        if (res.isSent()) {
            // Half an answer is on its way: the client must not take it for a whole one.
            throw new CloseConnectionException("a handler failed after it began to answer");
        }
        responses.refuse(req, res, Status.INTERNAL_SERVER_ERROR_500, error);
    }
}
