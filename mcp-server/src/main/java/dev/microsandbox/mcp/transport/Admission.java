package dev.microsandbox.mcp.transport;

import dev.microsandbox.mcp.transport.connection.Connection;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decides whether one more session may be opened. Thread-safe. */
final class Admission {

    private static final Logger log = LoggerFactory.getLogger(Admission.class);

    private final Sessions sessions;
    private final Responses responses;
    private final RateLimit rate;

    /** Limits what is logged of a namespace. */
    private final RateLimit logged = new RateLimit(1);

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
        if (!rate.tryAcquire(Connection.current().owner().key())) {
            responses.refuseTemporarily(
                    req,
                    res,
                    Status.TOO_MANY_REQUESTS_429,
                    "Too many sessions were opened in the last minute. Use one session for many"
                            + " requests, or try again in a minute.");
            return false;
        }
        return hasPlace(req, res, caller);
    }

    /**
     * Reserves a place for a session that an earlier server process kept. The caller adds the
     * session or releases the place.
     *
     * @return false if there is no place; the request has then been answered
     */
    boolean hasPlace(ServerRequest req, ServerResponse res, Caller caller) {
        Optional<SessionPlaces.Shortage> shortage = sessions.reserve(caller);
        shortage.ifPresent(reason -> refuse(req, res, caller, reason));
        return shortage.isEmpty();
    }

    private void refuse(
            ServerRequest req, ServerResponse res, Caller caller, SessionPlaces.Shortage reason) {
        switch (reason) {
            case NAMESPACE -> {
                String name = caller.namespace();
                String use = sessions.inWords(caller);
                if (logged.tryAcquire(name)) {
                    log.warn("Namespace {} is refused more: it has {} (quota.sessions)", name, use);
                }
                responses.refuseTemporarily(
                        req,
                        res,
                        Status.TOO_MANY_REQUESTS_429,
                        "Namespace '%s' has %s, and needs all of them. Close one that is no longer needed, or try again later. The server's operator can raise quota.sessions in namespaces/%s.yaml."
                                .formatted(name, use, name));
            }
            case SERVER ->
                    responses.refuseTemporarily(
                            req,
                            res,
                            Status.SERVICE_UNAVAILABLE_503,
                            "The server has as many sessions as it may have. Close one that is no longer"
                                    + " needed, or try again later.");
        }
    }
}
