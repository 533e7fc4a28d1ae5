package dev.microsandbox.mcp.life;

import java.util.Optional;

/**
 * Owns the computers of sessions. {@link SessionLifecycle} notifies it of the beginning and the end
 * of sessions. Its methods may block without delaying other sessions.
 */
public interface SessionHost {

    /** Called once, before the first sweep. */
    default void begin() {}

    /**
     * Called before a resumable session begins or resumes, so that it can be resumed even if the
     * server is killed.
     */
    void remember(String sessionId, SessionClient client);

    /**
     * Keeps a session across the server's stop. Its requests have been interrupted.
     *
     * @return false if the session cannot be kept and must end
     */
    boolean keep(String sessionId, SessionClient client);

    /**
     * The owner of a session that was kept when an earlier server process ended; empty if there is
     * none.
     */
    Optional<SessionClient> kept(String sessionId);

    /**
     * Whether a session has had a computer. One that has not loses nothing when it ends.
     *
     * @param sessionId the id of an open session
     */
    default boolean hasBegun(String sessionId) {
        return true;
    }

    /**
     * Called once when a session that is not kept has ended. Its requests have been interrupted,
     * but their threads may still be running.
     */
    void end(String sessionId);

    /** Called periodically. */
    void sweep();
}
