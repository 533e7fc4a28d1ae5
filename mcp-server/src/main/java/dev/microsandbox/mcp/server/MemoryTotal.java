package dev.microsandbox.mcp.server;

import dev.microsandbox.mcp.config.ServerConfig;
import dev.microsandbox.mcp.units.ByteSize;
import java.util.Optional;

/**
 * The memory that all sandboxes together may use: the configured limit, or less if the host or the
 * container has less. If the server promised memory that does not exist, the kernel would kill one
 * of the sandboxes, or all of them.
 *
 * @param bytes the limit in bytes
 * @param reduction why the limit is lower than configured; empty if it is not
 */
record MemoryTotal(long bytes, Optional<String> reduction) {

    /** The memory reserved for this process and for the host side of the sandboxes, in bytes. */
    private static final long RESERVE = 512L << 20;

    private static final long MIB = 1L << 20;

    /**
     * Determines the limit.
     *
     * @param available the memory that this process and its children may use, in bytes
     */
    static MemoryTotal of(ServerConfig config, long available) {
        long configured = config.limits().memoryBytes();
        long one = config.sandbox().memoryBytes();
        // Allow at least one sandbox, even if there is hardly room for it.
        long bearable = Math.max(one, (available - RESERVE) / MIB * MIB);
        if (bearable >= configured) {
            return new MemoryTotal(configured, Optional.empty());
        }
        return new MemoryTotal(
                bearable,
                Optional.of(
                        "All sandboxes together get %s of memory, not the %s of memory_limit: this host or container has %s, of which %s is kept for the server."
                                .formatted(
                                        ByteSize.inWords(bearable),
                                        ByteSize.inWords(configured),
                                        ByteSize.inWords(available),
                                        ByteSize.inWords(RESERVE))));
    }
}
