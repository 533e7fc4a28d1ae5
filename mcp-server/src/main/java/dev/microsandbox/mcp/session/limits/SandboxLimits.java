package dev.microsandbox.mcp.session.limits;

/**
 * The resources that all sandboxes together may use.
 *
 * @param cpus virtual CPUs
 * @param memoryBytes memory, in bytes
 */
public record SandboxLimits(int cpus, long memoryBytes) {}
