package dev.microsandbox.mcp.transport;

import java.util.Optional;

/** Keeps sessions over a stop of the server, and what it can of them if the server is killed. */
public interface SessionKeeper {

    /** Keeps none: all end with the server. */
    SessionKeeper NONE =
            new SessionKeeper() {
                @Override
                public void opened(KeptSession session) {}

                @Override
                public boolean keep(KeptSession session) {
                    return false;
                }

                @Override
                public Optional<KeptSession> find(String sessionId) {
                    return Optional.empty();
                }
            };

    /** A session is about to begin, or to go on. It is to be kept if the server is killed. */
    void opened(KeptSession session);

    /**
     * Keeps a session whose requests have ended. May block; other sessions are not held up.
     *
     * @return false if it is not kept, and has to end
     */
    boolean keep(KeptSession session);

    /** A session that was kept when an earlier process of the server ended. */
    Optional<KeptSession> find(String sessionId);
}
