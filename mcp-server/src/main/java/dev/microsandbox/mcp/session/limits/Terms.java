package dev.microsandbox.mcp.session.limits;

import dev.microsandbox.vmm.SandboxConfig;
import java.time.Duration;
import java.util.List;

/**
 * What holds for the sessions of one namespace.
 *
 * @param sandbox the configuration of its sandboxes
 * @param quota the limits on what all of them may use together
 * @param lifespan how long each of them may live
 * @param runs what code each of them may run
 * @param checkpoints the limits on the checkpoints of each session
 */
public record Terms(
        SandboxConfig sandbox,
        Quota quota,
        Lifespan lifespan,
        RunLimits runs,
        CheckpointLimits checkpoints) {

    /** What holds where the operator has set nothing. */
    public static final Terms DEFAULT =
            new Terms(
                    SandboxConfig.DEFAULT,
                    Quota.NONE,
                    new Lifespan(Duration.ofMinutes(15), Duration.ofHours(8), true),
                    new RunLimits(Duration.ofSeconds(30), List.of()),
                    new CheckpointLimits(20, 4L << 30));

    public Terms withSandbox(SandboxConfig value) {
        return new Terms(value, quota, lifespan, runs, checkpoints);
    }

    public Terms withQuota(Quota value) {
        return new Terms(sandbox, value, lifespan, runs, checkpoints);
    }

    public Terms withLifespan(Lifespan value) {
        return new Terms(sandbox, quota, value, runs, checkpoints);
    }

    public Terms withRuns(RunLimits value) {
        return new Terms(sandbox, quota, lifespan, value, checkpoints);
    }

    public Terms withCheckpoints(CheckpointLimits value) {
        return new Terms(sandbox, quota, lifespan, runs, value);
    }
}
