package dev.microsandbox.mcp.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.config.ConfigSources;
import dev.microsandbox.mcp.config.ServerConfig;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The memory limit of all sandboxes if the host or the container has less than is configured. */
class MemoryTotalTest {

    private static final long GIB = 1L << 30;
    private static final long MIB = 1L << 20;

    @TempDir Path home;

    private MemoryTotal total(long available) {
        ServerConfig config = ConfigSources.read(Map.of(), Map.of(), home).config();
        return MemoryTotal.of(config, available);
    }

    @Test
    void plentyLeavesWhatIsConfigured() {
        assertThat(total(64 * GIB)).isEqualTo(new MemoryTotal(8 * GIB, java.util.Optional.empty()));
        assertThat(total(Long.MAX_VALUE).bytes()).isEqualTo(8 * GIB);
    }

    @Test
    void theServersOwnShareComesOffTheContainers() {
        MemoryTotal total = total(8 * GIB);
        assertThat(total.bytes()).isEqualTo(8 * GIB - 512 * MIB);
        assertThat(total.reduction().orElseThrow())
                .contains("7.5 GiB", "8 GiB", "memory_limit", "512 MiB");
    }

    @Test
    void oneSandboxIsWorthATryEverywhere() {
        assertThat(total(256 * MIB).bytes()).isEqualTo(512 * MIB);
    }
}
