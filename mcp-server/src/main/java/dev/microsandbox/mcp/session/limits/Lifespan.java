package dev.microsandbox.mcp.session.limits;

import dev.microsandbox.mcp.life.SessionTimes;
import java.time.Duration;

/**
 * How long a sandbox may live.
 *
 * @param idleTimeout it is closed or suspended when its last call ended this long ago
 * @param lifetime it is closed at this age, whatever it does
 * @param suspend whether it is saved when it is idle, where possible, and continues with the next
 *     call
 */
public record Lifespan(Duration idleTimeout, Duration lifetime, boolean suspend) {

    /**
     * When sessions end. A session outlives its computer, so that a client whose idle sandbox was
     * closed learns this from its next call and does not have to connect again. A session whose
     * computer is suspended lasts as long as the computer's lifetime.
     */
    public SessionTimes sessionTimes() {
        Duration idle = idleTimeout.multipliedBy(4);
        boolean keepsSuspended = suspend && idle.compareTo(lifetime) < 0;
        return new SessionTimes(keepsSuspended ? lifetime : idle, lifetime.multipliedBy(4));
    }

    /** How often to check whether a time limit has passed. */
    public Duration sweepInterval() {
        Duration shortest = idleTimeout.compareTo(lifetime) < 0 ? idleTimeout : lifetime;
        return Duration.ofMillis(Math.clamp(shortest.toMillis() / 20, 20, 1_000));
    }
}
