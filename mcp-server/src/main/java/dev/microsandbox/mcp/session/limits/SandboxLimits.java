package dev.microsandbox.mcp.session.limits;

import dev.microsandbox.mcp.life.SessionTimes;
import java.time.Duration;

/**
 * The resources that all sessions together may use, and how long a sandbox may live.
 *
 * @param cpus virtual CPUs of all sandboxes together
 * @param memoryBytes memory of all sandboxes together, in bytes
 * @param idleTimeout a sandbox is closed or suspended when its last call ended this long ago
 * @param lifetime a sandbox is closed at this age, whatever it does
 * @param suspend whether an idle sandbox is saved, where possible, and continues with the next call
 */
public record SandboxLimits(
        int cpus, long memoryBytes, Duration idleTimeout, Duration lifetime, boolean suspend) {

    /** Limits with these totals and the default times; idle sandboxes are suspended. */
    public static SandboxLimits of(int cpus, long memoryBytes) {
        return new SandboxLimits(
                cpus, memoryBytes, Duration.ofMinutes(15), Duration.ofHours(8), true);
    }

    public SandboxLimits withIdleTimeout(Duration value) {
        return new SandboxLimits(cpus, memoryBytes, value, lifetime, suspend);
    }

    public SandboxLimits withLifetime(Duration value) {
        return new SandboxLimits(cpus, memoryBytes, idleTimeout, value, suspend);
    }

    public SandboxLimits withSuspend(boolean value) {
        return new SandboxLimits(cpus, memoryBytes, idleTimeout, lifetime, value);
    }

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
