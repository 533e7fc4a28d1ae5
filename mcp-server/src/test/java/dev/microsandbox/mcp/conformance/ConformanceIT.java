package dev.microsandbox.mcp.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.node.NodePackages;
import dev.microsandbox.mcp.node.NodePackages.Output;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConformanceIT {

    private static final String SUITE = "@modelcontextprotocol/conformance/dist/index.js";

    @Test
    void theActiveSuitePasses(@TempDir Path directory) throws Exception {
        NodePackages node = NodePackages.installed();
        Output output;
        try (ConformanceServer server = new ConformanceServer(0, directory)) {
            output =
                    node.run(
                            Duration.ofMinutes(5),
                            node.script(SUITE).toString(),
                            "server",
                            "--url",
                            server.url(),
                            "--suite",
                            "active",
                            "-o",
                            directory.resolve("results").toString());
        }
        System.out.println(output.tail(60));
        assertThat(output.exitCode()).as(output.text()).isZero();
        // A run that tried nothing must not count as a pass.
        assertThat(output.text()).contains("tools-call-simple-text", "dns-rebinding-protection");
    }
}
