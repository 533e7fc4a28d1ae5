package dev.microsandbox.mcp.transport;

import java.time.Duration;

/**
 * How long sessions over HTTP live and how many there may be.
 *
 * @param idle a session with no request running is closed when it has been without one for this
 *     long; an open GET stream is no request
 * @param lifetime a session is closed at this age, whatever it is doing
 * @param maxSessions how many may be open at once
 * @param newPerMinute how many an API key, or without keys an address, may open a minute
 */
public record SessionLimits(Duration idle, Duration lifetime, int maxSessions, int newPerMinute) {

    public static final SessionLimits DEFAULT =
            new SessionLimits(Duration.ofMinutes(15), Duration.ofHours(8), 1000, 60);

    public SessionLimits {
        if (!idle.isPositive() || !lifetime.isPositive()) {
            throw new IllegalArgumentException("Idle time and lifetime must be positive.");
        }
        if (maxSessions < 1 || newPerMinute < 1) {
            throw new IllegalArgumentException("At least one session must be allowed.");
        }
    }
}
