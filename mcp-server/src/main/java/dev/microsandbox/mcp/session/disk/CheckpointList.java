package dev.microsandbox.mcp.session.disk;

import dev.microsandbox.mcp.session.limits.CheckpointLimits;
import java.util.List;

/**
 * The checkpoints of a session.
 *
 * @param checkpoints the oldest first
 * @param bytes what they take on the disk together
 * @param limits what they may take
 */
public record CheckpointList(List<Checkpoint> checkpoints, long bytes, CheckpointLimits limits) {

    public CheckpointList {
        checkpoints = List.copyOf(checkpoints);
    }
}
