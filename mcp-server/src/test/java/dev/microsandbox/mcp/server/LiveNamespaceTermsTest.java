package dev.microsandbox.mcp.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.config.ConfigSources;
import dev.microsandbox.mcp.config.EffectiveConfig;
import dev.microsandbox.mcp.session.FakeFactory;
import dev.microsandbox.mcp.session.SandboxSessions;
import dev.microsandbox.mcp.session.computer.Lane;
import dev.microsandbox.mcp.session.computer.SandboxLease;
import dev.microsandbox.mcp.session.limits.CheckpointLimits;
import dev.microsandbox.mcp.session.limits.Lifespan;
import dev.microsandbox.mcp.session.limits.PoolLimits;
import dev.microsandbox.mcp.session.limits.Quota;
import dev.microsandbox.mcp.session.limits.RunLimits;
import dev.microsandbox.mcp.session.limits.Terms;
import dev.microsandbox.vmm.SandboxConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The terms of open sessions follow the files of their namespaces. */
@Timeout(30)
class LiveNamespaceTermsTest {

    @TempDir Path home;

    @Test
    void anOpenSessionHasTheTermsOfItsNamespacesFile() throws Exception {
        Files.createDirectory(home.resolve("namespaces"));
        EffectiveConfig config = ConfigSources.read(Map.of(), Map.of(), home);
        NamespaceReload reload = new NamespaceReload(config.namespaces(), () -> {});
        try (SandboxSessions sessions =
                McpServers.sessions(
                        new FakeFactory(), config.config(), config.namespaces(), PoolLimits.NONE)) {
            assertThat(terms(sessions, "team-a")).isEqualTo(Terms.DEFAULT);

            write(
                    "team-a",
                    """
                    cpus: 2
                    languages: [python, shell]
                    run: {timeout: 2m}
                    sandbox: {start_timeout: 3m, interpreter_timeout: 4m}
                    session: {idle_timeout: 5m, lifetime: 6h, suspend: false}
                    checkpoint: {max_count: 7, max_bytes: 8G}
                    quota: {sandboxes: 9}
                    """);
            reload.check();
            reload.check();
            assertThat(terms(sessions, "team-a"))
                    .isEqualTo(
                            new Terms(
                                    SandboxConfig.DEFAULT
                                            .withCpus(2)
                                            .withStartTimeout(Duration.ofMinutes(3))
                                            .withInterpreterTimeout(Duration.ofMinutes(4)),
                                    Quota.NONE.withSandboxes(9),
                                    new Lifespan(Duration.ofMinutes(5), Duration.ofHours(6), false),
                                    new RunLimits(
                                            Duration.ofMinutes(2), List.of("python", "shell")),
                                    new CheckpointLimits(7, 8L << 30)));
            assertThat(terms(sessions, "team-b")).isEqualTo(Terms.DEFAULT);

            Files.delete(home.resolve("namespaces/team-a.yaml"));
            reload.check();
            reload.check();
            assertThat(terms(sessions, "team-a")).isEqualTo(Terms.DEFAULT);
        }
    }

    private void write(String namespace, String text) throws IOException {
        Files.writeString(home.resolve("namespaces/" + namespace + ".yaml"), text);
    }

    /** The terms of the one session that the namespace has. */
    private static Terms terms(SandboxSessions sessions, String namespace)
            throws InterruptedException {
        try (SandboxLease lease =
                sessions.session("of-" + namespace, namespace).acquire("", Lane.FREE, () -> {})) {
            return lease.terms();
        }
    }
}
