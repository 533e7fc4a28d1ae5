package dev.microsandbox.mcp.session.limits;

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
        int cpus, long memoryBytes, Duration idleTimeout, Duration lifetime, boolean suspend) {}
