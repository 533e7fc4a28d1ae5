package dev.microsandbox.mcp.transport;

/**
 * How many sessions over HTTP there may be.
 *
 * @param maxSessions how many may be open at once
 * @param newPerMinute how many an API key, or without keys an address, may open a minute
 */
public record SessionLimits(int maxSessions, int newPerMinute) {

    public static final SessionLimits DEFAULT = new SessionLimits(1000, 60);

    public SessionLimits {
        if (maxSessions < 1 || newPerMinute < 1) {
            throw new IllegalArgumentException("At least one session must be allowed.");
        }
    }
}
