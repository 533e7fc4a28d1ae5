package dev.microsandbox.mcp.session;

import java.util.List;

/**
 * The checkpoints of a session.
 *
 * @param checkpoints the oldest first
 * @param limits what they may take
 */
public record CheckpointList(List<Checkpoint> checkpoints, CheckpointLimits limits) {

    public CheckpointList {
        checkpoints = List.copyOf(checkpoints);
    }

    /** What they take on the disk together. */
    public long bytes() {
        return checkpoints.stream().mapToLong(Checkpoint::bytes).sum();
    }
}
