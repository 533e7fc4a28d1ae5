package dev.microsandbox.mcp.session.limits;

import dev.microsandbox.vmm.SandboxConfig;

/**
 * How many sandboxes the warm pool keeps ready for future sessions.
 *
 * @param config the configuration of which the pool always keeps some ready
 * @param size minimum number of ready sandboxes of this configuration, where there is room; 0 for
 *     no pool at all
 * @param max maximum number of ready sandboxes of all configurations
 */
public record PoolLimits(SandboxConfig config, int size, int max) {

    /** No pool: every session starts its own sandbox. */
    public static final PoolLimits NONE = new PoolLimits(SandboxConfig.DEFAULT, 0, 0);

    public PoolLimits {
        if (size < 0 || max < size) {
            throw new IllegalArgumentException("a pool of %d to %d".formatted(size, max));
        }
    }
}
