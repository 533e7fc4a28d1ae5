package dev.microsandbox.mcp.life;

import java.time.Duration;

/**
 * When sessions end by themselves.
 *
 * @param idle with no request running for so long; an open GET stream is no request
 * @param lifetime at this age, whatever they are doing
 */
public record SessionTimes(Duration idle, Duration lifetime) {

    public SessionTimes {
        if (!idle.isPositive() || !lifetime.isPositive()) {
            throw new IllegalArgumentException("Idle time and lifetime must be positive.");
        }
    }
}
