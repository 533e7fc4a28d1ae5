package dev.microsandbox.vmm.agent;

import dev.microsandbox.vmm.SandboxConfig;
import java.time.Duration;

/**
 * How long a guest may take: the configured times, or defaults that are ample unless KVM emulates
 * kernel mode.
 *
 * @param start until the agent answers
 * @param interpreter until an interpreter is ready
 */
public record Timeouts(Duration start, Duration interpreter) {

    /** The times for guests on a processor or in software emulation. */
    public static final Timeouts DEFAULT =
            new Timeouts(Duration.ofMinutes(2), Duration.ofMinutes(2));

    /** The times of a sandbox's configuration. */
    public static Timeouts of(SandboxConfig config) {
        Duration start = config.startTimeout();
        Duration interpreter = config.interpreterTimeout();
        return new Timeouts(
                start == null ? DEFAULT.start : start,
                interpreter == null ? DEFAULT.interpreter : interpreter);
    }
}
