package dev.microsandbox.mcp.life;

import java.util.Optional;

/**
 * Has what belongs to sessions, and is told by {@link SessionLives} what becomes of them. Its
 * methods may block; other sessions are not held up.
 */
public interface SessionHost {

    /** Called once, before the first sweep. */
    default void begin() {}

    /** A session that can go on is about to begin, or to go on: even if the server is killed. */
    void remember(String sessionId, SessionClient client);

    /**
     * Keeps a session over the server's stop. Its requests have ended.
     *
     * @return false if it is not kept, and has to end
     */
    boolean keep(String sessionId, SessionClient client);

    /** A session that was kept when an earlier process of the server ended. */
    Optional<SessionClient> kept(String sessionId);

    /**
     * A session is over; called once for each that is not kept. Requests of it may still be on
     * their way out; they have been interrupted.
     */
    void end(String sessionId);

    /** Called again and again. */
    void sweep();
}
