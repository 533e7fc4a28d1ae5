package dev.microsandbox.mcp.transport;

import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/** Decides whether one more session may be opened. Thread-safe. */
final class Admission {

    private final Sessions sessions;
    private final Responses responses;
    private final RateLimit rate;
    private volatile boolean closed;

    Admission(Sessions sessions, Responses responses, SessionLimits limits) {
        this.sessions = sessions;
        this.responses = responses;
        this.rate = new RateLimit(limits.newPerMinute());
    }

    /** Refuses all further sessions. */
    void close() {
        closed = true;
    }

    boolean isClosed() {
        return closed;
    }

    /**
     * Reserves a place for a session. The caller adds the session or releases the place.
     *
     * @return false if there is no place; the request has then been answered
     */
    boolean admit(ServerRequest req, ServerResponse res, Caller caller) {
        if (closed) {
            responses.refuseTemporarily(
                    req, res, Status.SERVICE_UNAVAILABLE_503, "The server is stopping.");
            return false;
        }
        if (!rate.tryAcquire(name(req, caller))) {
            responses.refuseTemporarily(
                    req,
                    res,
                    Status.TOO_MANY_REQUESTS_429,
                    "Too many sessions were opened in the last minute. Use one session for many"
                            + " requests, or try again in a minute.");
            return false;
        }
        if (!sessions.reserve()) {
            responses.refuseTemporarily(
                    req,
                    res,
                    Status.SERVICE_UNAVAILABLE_503,
                    "The server has as many sessions as it may have. Close one that is no longer"
                            + " needed, or try again later.");
            return false;
        }
        return true;
    }

    private static String name(ServerRequest req, Caller caller) {
        return caller.keyId() != null ? caller.keyId() : address(req);
    }

    private static String address(ServerRequest req) {
        return req.remotePeer().host();
    }
}
