package dev.microsandbox.mcp.transport;

import java.util.Optional;

/** Keeps sessions over a stop of the server. */
public interface SessionKeeper {

    /** Keeps none: all end with the server. */
    SessionKeeper NONE =
            new SessionKeeper() {
                @Override
                public boolean keep(KeptSession session) {
                    return false;
                }

                @Override
                public Optional<KeptSession> find(String sessionId) {
                    return Optional.empty();
                }
            };

    /**
     * Keeps a session whose requests have ended. May block; other sessions are not held up.
     *
     * @return false if it is not kept, and has to end
     */
    boolean keep(KeptSession session);

    /** A session that was kept at an earlier stop. */
    Optional<KeptSession> find(String sessionId);
}
