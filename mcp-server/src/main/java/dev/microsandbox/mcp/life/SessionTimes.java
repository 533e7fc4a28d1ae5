package dev.microsandbox.mcp.life;

import java.time.Duration;

/**
 * When the server ends sessions.
 *
 * @param idle a session ends when it has had no request for this long; an open GET stream is not a
 *     request
 * @param lifetime a session ends at this age, whatever it is doing
 */
public record SessionTimes(Duration idle, Duration lifetime) {

    public SessionTimes {
        if (!idle.isPositive() || !lifetime.isPositive()) {
            throw new IllegalArgumentException("Idle time and lifetime must be positive.");
        }
    }
}
