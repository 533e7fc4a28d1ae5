package dev.microsandbox.mcp.transport;

import dev.microsandbox.mcp.memory.MessageMemoryException;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.modelcontextprotocol.spec.McpSchema.ErrorCodes;
import java.time.Duration;

/** Sends HTTP responses other than event streams. Thread-safe. */
public final class Responses {

    public static final Header JSON =
            HeaderValues.create(HeaderNames.CONTENT_TYPE, "application/json");

    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final JsonRpc jsonRpc;

    public Responses(JsonRpc jsonRpc) {
        this.jsonRpc = jsonRpc;
    }

    public void json(ServerResponse res, byte[] body) {
        res.header(JSON);
        res.send(body);
    }

    /** Confirms that a message was received. Its answer, if any, is sent elsewhere. */
    void accepted(ServerResponse res) {
        res.status(Status.ACCEPTED_202).send();
    }

    /**
     * Sends a status and a JSON-RPC error without an id, for a request that fails before its
     * message is read.
     */
    public void refuse(ServerRequest req, ServerResponse res, Status status, String message) {
        int code =
                status.code() == Status.BAD_REQUEST_400.code()
                        ? ErrorCodes.INVALID_REQUEST
                        : JsonRpc.SERVER_ERROR;
        refuse(req, res, status, jsonRpc.error(null, code, message));
    }

    void refuse(ServerRequest req, ServerResponse res, Status status, byte[] body) {
        res.status(status);
        json(res, body);
    }

    /** Answers that the path does not support the request's method. */
    public void methodNotAllowed(ServerRequest req, ServerResponse res, String allowed) {
        res.header(HeaderNames.ALLOW, allowed);
        refuse(
                req,
                res,
                Status.METHOD_NOT_ALLOWED_405,
                req.prologue().method().text() + " is not supported here, but " + allowed + " is.");
    }

    void sessionNotFound(ServerRequest req, ServerResponse res) {
        refuse(
                req,
                res,
                Status.NOT_FOUND_404,
                jsonRpc.error(
                        null,
                        JsonRpc.SESSION_NOT_FOUND,
                        "There is no such session: it has ended, or the server was stopped and could"
                                + " not keep it. Start a new one with 'initialize'; the variables,"
                                + " files and checkpoints of the old one are gone."));
    }

    /**
     * Refuses a message for which there is not enough memory: 413 if there never will be, 429 if
     * the caller's own messages take it, else 503.
     */
    public void memoryExhausted(ServerRequest req, ServerResponse res, MessageMemoryException e) {
        if (e.isPermanent()) {
            refuse(req, res, Status.REQUEST_ENTITY_TOO_LARGE_413, e.getMessage());
        } else {
            refuseTemporarily(
                    req,
                    res,
                    e.isOfCaller() ? Status.TOO_MANY_REQUESTS_429 : Status.SERVICE_UNAVAILABLE_503,
                    e.getMessage());
        }
    }

    /** Refuses a request because of a temporary limit, and tells the client when to retry. */
    void refuseTemporarily(ServerRequest req, ServerResponse res, Status status, String message) {
        refuseTemporarily(req, res, status, message, MINUTE);
    }

    /** As the method without a time. */
    public void refuseTemporarily(
            ServerRequest req,
            ServerResponse res,
            Status status,
            String message,
            Duration retryAfter) {
        res.header(HeaderNames.RETRY_AFTER, Long.toString(Math.max(1, retryAfter.toSeconds())));
        refuse(req, res, status, message);
    }
}
