package dev.microsandbox.mcp.server;

import dev.microsandbox.mcp.config.ServerConfig;
import dev.microsandbox.mcp.units.ByteSize;
import java.util.Optional;

/**
 * What all sandboxes may take together: what is configured, or less where the host or the container
 * has not so much. Promised and not there, it would be the kernel that ends one of them, or all.
 *
 * @param reduction says why it is less than configured
 */
record MemoryTotal(long bytes, Optional<String> reduction) {

    /** For this process, and for what the host's side of the sandboxes takes. */
    private static final long RESERVE = 512L << 20;

    private static final long MIB = 1L << 20;

    /**
     * Decides.
     *
     * @param available what this process and those that it starts may use
     */
    static MemoryTotal of(ServerConfig config, long available) {
        long configured = config.limits().memoryBytes();
        long one = config.sandbox().memoryBytes();
        // Where there is hardly room for one it is still worth a try.
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
