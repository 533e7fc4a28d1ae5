package dev.microsandbox.mcp.session.limits;

/**
 * Limits on the checkpoints of one session.
 *
 * @param maxCount maximum number of checkpoints
 * @param maxBytes maximum disk space of all checkpoints together, in bytes
 */
public record CheckpointLimits(int maxCount, long maxBytes) {}
