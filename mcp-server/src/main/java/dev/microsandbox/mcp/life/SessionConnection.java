package dev.microsandbox.mcp.life;

import java.util.Optional;

/** How a client is connected with its session. Implemented by transports. */
public interface SessionConnection {

    /** The session's id, which tools see; unguessable. */
    String id();

    /** Who opened it; equal for sessions of the same caller. */
    Object owner();

    /** Whose it is, for the log. */
    String namespace();

    /** Whether the owner would be let in now. Asked for one session of each owner at a time. */
    boolean isOwnerAllowed();

    /** Whether a request is being worked on. */
    boolean isBusy();

    /** With what it can go on after the server's next start; empty if it cannot. */
    Optional<SessionClient> client();

    /** The session is over, or is being kept: interrupts all requests and ends all streams. */
    void close();
}
