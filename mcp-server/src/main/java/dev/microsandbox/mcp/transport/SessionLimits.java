package dev.microsandbox.mcp.transport;

import java.util.function.ToIntFunction;

/**
 * Limits on the number of HTTP sessions.
 *
 * @param maxSessions maximum number of sessions that are open at once
 * @param newPerMinute maximum number of sessions that one API key, or one address if keys are not
 *     required, may open per minute
 * @param ofNamespace maximum number of sessions that a namespace may have open at once
 */
public record SessionLimits(int maxSessions, int newPerMinute, ToIntFunction<String> ofNamespace) {

    public static final SessionLimits DEFAULT = new SessionLimits(1000, 60);

    public SessionLimits {
        if (maxSessions < 1 || newPerMinute < 1) {
            throw new IllegalArgumentException("At least one session must be allowed.");
        }
    }

    /** Each namespace may have all sessions. */
    public SessionLimits(int maxSessions, int newPerMinute) {
        this(maxSessions, newPerMinute, _ -> maxSessions);
    }

    public SessionLimits withOfNamespace(ToIntFunction<String> newOfNamespace) {
        return new SessionLimits(maxSessions, newPerMinute, newOfNamespace);
    }
}
