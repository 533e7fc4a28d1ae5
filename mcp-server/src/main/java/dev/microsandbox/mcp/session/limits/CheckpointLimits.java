package dev.microsandbox.mcp.session.limits;

/**
 * What the checkpoints of one session may take.
 *
 * @param maxCount how many there may be
 * @param maxBytes what they may take on the disk together
 */
public record CheckpointLimits(int maxCount, long maxBytes) {}
