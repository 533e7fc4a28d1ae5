package dev.microsandbox.mcp.session.supply;

import dev.microsandbox.mcp.session.limits.SessionException;
import dev.microsandbox.mcp.units.ByteSize;
import dev.microsandbox.vmm.SandboxConfig;

/**
 * What all sandboxes of a server use of its totals.
 *
 * @param sandboxes those that run or start
 * @param cpusInUse their virtual CPUs
 * @param cpus the total
 * @param memoryInUse their memory in bytes
 * @param memoryBytes the total
 */
public record CapacityUse(
        long sandboxes, long cpusInUse, long cpus, long memoryInUse, long memoryBytes) {

    /** The error for a session for whose sandbox there is no room. */
    public SessionException full(SandboxConfig config) {
        return new SessionException(
                """
                The server is full: %d sandboxes use %d of %d CPUs and %s of %s, and this \
                session needs %d more CPUs and %s. Try again in a minute: sandboxes are freed \
                when their sessions end or idle. The server's operator can raise \
                MICROSANDBOX_CPU_LIMIT and MICROSANDBOX_MEMORY_LIMIT.\
                """
                        .formatted(
                                sandboxes,
                                cpusInUse,
                                cpus,
                                ByteSize.inWords(memoryInUse),
                                ByteSize.inWords(memoryBytes),
                                config.cpus(),
                                ByteSize.inWords(config.memoryBytes())));
    }
}
