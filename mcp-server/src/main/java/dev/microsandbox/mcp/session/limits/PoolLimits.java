package dev.microsandbox.mcp.session.limits;

import dev.microsandbox.vmm.SandboxConfig;

/**
 * How many sandboxes are kept ready for sessions to come.
 *
 * @param config what most of them are made of
 * @param size how many of these at the least, where there is room; 0 for no pool at all
 * @param max how many of all kinds at the most
 */
public record PoolLimits(SandboxConfig config, int size, int max) {

    /** Every session starts its own. */
    public static final PoolLimits NONE = new PoolLimits(SandboxConfig.DEFAULT, 0, 0);

    public PoolLimits {
        if (size < 0 || max < size) {
            throw new IllegalArgumentException("a pool of %d to %d".formatted(size, max));
        }
    }
}
