package dev.microsandbox.mcp.transport;

/**
 * Limits on the number of HTTP sessions.
 *
 * @param maxSessions maximum number of sessions that are open at once
 * @param newPerMinute maximum number of sessions that one API key, or one address if keys are not
 *     required, may open per minute
 */
public record SessionLimits(int maxSessions, int newPerMinute) {

    public static final SessionLimits DEFAULT = new SessionLimits(1000, 60);

    public SessionLimits {
        if (maxSessions < 1 || newPerMinute < 1) {
            throw new IllegalArgumentException("At least one session must be allowed.");
        }
    }
}
