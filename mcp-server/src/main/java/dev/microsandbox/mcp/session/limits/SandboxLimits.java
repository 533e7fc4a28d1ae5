package dev.microsandbox.mcp.session.limits;

import dev.microsandbox.mcp.life.SessionTimes;
import java.time.Duration;

/**
 * What all sessions together may use, and how long one may live.
 *
 * @param cpus virtual CPUs of all sandboxes together
 * @param memoryBytes memory of all sandboxes together
 * @param idleTimeout a sandbox is closed when its last call ended this long ago
 * @param lifetime a sandbox is closed at this age, whatever it does
 * @param suspend whether one that idles is saved, to go on with the next call, where it can be
 */
public record SandboxLimits(
        int cpus, long memoryBytes, Duration idleTimeout, Duration lifetime, boolean suspend) {

    /** Such totals; for the rest, what a server has that nobody has configured. */
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
     * When sessions end. A session outlives its computer, so that a client whose sandbox was closed
     * for idling is told so by its next call, and not by having to connect again. One whose
     * computer is suspended can come back as long as that lives.
     */
    public SessionTimes sessionTimes() {
        Duration idle = idleTimeout.multipliedBy(4);
        boolean keepsSuspended = suspend && idle.compareTo(lifetime) < 0;
        return new SessionTimes(keepsSuspended ? lifetime : idle, lifetime.multipliedBy(4));
    }

    /** How often to look whether a time is over. */
    public Duration sweepInterval() {
        Duration shortest = idleTimeout.compareTo(lifetime) < 0 ? idleTimeout : lifetime;
        return Duration.ofMillis(Math.clamp(shortest.toMillis() / 20, 20, 1_000));
    }
}
