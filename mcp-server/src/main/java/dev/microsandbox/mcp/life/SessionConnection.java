package dev.microsandbox.mcp.life;

import java.util.Optional;

/** The connection of a client to its session. Transports implement it. */
public interface SessionConnection {

    /** The unguessable session id that tools see. */
    String id();

    /** The caller that opened the session; equal for sessions of the same caller. */
    Object owner();

    /** The namespace of the session, for the log. */
    String namespace();

    /** Whether the owner would be admitted now. Each sweep asks this once for each owner. */
    boolean isOwnerAllowed();

    /** Whether a request is running. */
    boolean isBusy();

    /**
     * What the server needs to resume the session after a restart; empty if it cannot be resumed.
     */
    Optional<SessionClient> client();

    /** Interrupts all requests and ends all streams, because the session ends or is being kept. */
    void close();
}
