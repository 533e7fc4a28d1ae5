package dev.microsandbox.mcp.session.disk;

import dev.microsandbox.mcp.session.limits.CheckpointLimits;
import java.util.List;

/**
 * The checkpoints of a session.
 *
 * @param checkpoints the checkpoints, oldest first
 * @param bytes their size on disk together, in bytes
 * @param limits their limits
 */
public record CheckpointList(List<Checkpoint> checkpoints, long bytes, CheckpointLimits limits) {

    public CheckpointList {
        checkpoints = List.copyOf(checkpoints);
    }
}
