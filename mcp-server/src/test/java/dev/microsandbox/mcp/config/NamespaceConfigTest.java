package dev.microsandbox.mcp.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microsandbox.vmm.SandboxConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What holds for a namespace, from all sources. */
class NamespaceConfigTest {

    private static final Map<String, String> NONE = Map.of();

    @TempDir Path home;
    private Path file;

    @BeforeEach
    void setFile() {
        file = home.resolve("config.yaml");
    }

    private Path namespace(String fileName, String text) throws IOException {
        Path directory = Files.createDirectories(home.resolve("namespaces"));
        return Files.writeString(directory.resolve(fileName), text);
    }

    private ServerConfig read(Map<String, String> environment) {
        return ConfigSources.read(environment, Map.of(), home).config();
    }

    @Test
    void aNamespaceHasTheQuotaOfAllUnlessItHasItsOwn() throws IOException {
        Files.writeString(
                file,
                """
                quota: {sandboxes: 4, memory: 4G, calls_per_minute: 600}
                namespaces:
                  team-a: {quota: {sandboxes: 8, disk: 50G}}
                """);
        namespace("team-a.yaml", "quota:\n  sandboxes: 9\n");
        ServerConfig config = read(Map.of("MICROSANDBOX_QUOTA_SESSIONS", "50"));
        assertThat(config.of("team-b").quota())
                .isEqualTo(
                        new QuotaConfig(
                                Optional.of(50),
                                Optional.of(4),
                                Optional.empty(),
                                Optional.of(4L << 30),
                                Optional.empty(),
                                Optional.of(600)));
        assertThat(config.of("team-a").quota())
                .isEqualTo(
                        new QuotaConfig(
                                Optional.of(50),
                                Optional.of(9),
                                Optional.empty(),
                                Optional.of(4L << 30),
                                Optional.of(50L << 30),
                                Optional.of(600)));
        assertThat(config.of("team-a").sandbox()).isEqualTo(SandboxConfig.DEFAULT);
    }

    @Test
    void aQuotaThatAllowsNoSandboxIsAMistake() throws IOException {
        Path own = namespace("team-a.yaml", "memory: 1G\nquota:\n  memory: 512M\n");
        assertThatThrownBy(() -> read(NONE))
                .isInstanceOf(ConfigException.class)
                .hasMessage(
                        own
                                + ":1: namespaces.team-a.memory is 1G, more than"
                                + " namespaces.team-a.quota.memory (512M, "
                                + own
                                + ":3) allows: no sandbox could start");
        Files.writeString(own, "quotas: {disk: 1G}\n");
        assertThatThrownBy(() -> read(NONE))
                .hasMessageEndingWith(
                        "has image, cpus, memory, languages, run.timeout, sandbox.start_timeout,"
                                + " sandbox.interpreter_timeout, session.idle_timeout,"
                                + " session.lifetime, session.suspend, checkpoint.max_count,"
                                + " checkpoint.max_bytes, quota.sessions, quota.sandboxes,"
                                + " quota.cpus, quota.memory, quota.disk, quota.calls_per_minute");
    }

    @Test
    void aNamespaceOfAnImproperNameIsAMistake() throws IOException {
        Files.writeString(file, "\nnamespaces: {A: {cpus: 1}}\n");
        assertThatThrownBy(() -> read(NONE))
                .hasMessageStartingWith(
                        file
                                + ":2: there is no setting namespaces.A.cpus; a namespace (1 to 63"
                                + " of a-z, 0-9, - and _) has image, ");
    }

    @Test
    void aNamespaceHasTheTermsOfAllUnlessItHasItsOwn() throws IOException {
        Files.writeString(
                file,
                """
                run: {timeout: 45s}
                languages: [Python, shell]
                session: {idle_timeout: 20m}
                namespaces:
                  team-a: {session: {suspend: false}, checkpoint: {max_count: 5}}
                """);
        namespace(
                "team-a.yaml",
                """
                run: {timeout: 2m}
                languages: auto
                session: {lifetime: 1d}
                checkpoint: {max_bytes: 1G}
                sandbox: {start_timeout: 3m}
                """);
        ServerConfig config = read(Map.of("MICROSANDBOX_SANDBOX_INTERPRETER_TIMEOUT", "4m"));
        NamespaceConfig other = config.of("team-b");
        assertThat(other).isEqualTo(config.ofAll());
        assertThat(other.run())
                .isEqualTo(new RunConfig(Duration.ofSeconds(45), List.of("python", "shell")));

        NamespaceConfig own = config.of("team-a");
        assertThat(own.run()).isEqualTo(new RunConfig(Duration.ofMinutes(2), List.of()));
        assertThat(own.session())
                .isEqualTo(new SessionConfig(Duration.ofMinutes(20), Duration.ofDays(1), false));
        assertThat(own.checkpoints()).isEqualTo(new CheckpointConfig(5, 1L << 30));
        assertThat(own.sandbox())
                .isEqualTo(
                        SandboxConfig.DEFAULT
                                .withStartTimeout(Duration.ofMinutes(3))
                                .withInterpreterTimeout(Duration.ofMinutes(4)));
        assertThat(own.quota()).isEqualTo(config.ofAll().quota());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "run: {timeout: 2h} | run.timeout must be from 100ms to 1h, not \"2h\"",
                "languages: [c sharp] | languages must be auto, or names of languages, separated by commas, not \"c sharp\"",
                "session: {idle_timeout: 0s} | session.idle_timeout must be from 1s to 30d, not \"0s\"",
                "sandbox: {start_timeout: soon} | sandbox.start_timeout must be auto, or a number and a unit: ms, s, m, h or d, for example 30s, 15m, 8h or 30d, not \"soon\"",
                "checkpoint: {max_count: -1} | checkpoint.max_count must be a whole number from 0 to 1000, not \"-1\""
            })
    void aMistakeInANamespacesTermsIsNamedWithItsLine(String yaml, String message)
            throws IOException {
        Path own = namespace("team-a.yaml", "cpus: 2\n\n" + yaml + "\n");
        assertThatThrownBy(() -> read(NONE))
                .isInstanceOf(ConfigException.class)
                .hasMessage(own + ":3: namespaces.team-a." + message);
    }

    @Test
    void aNamespaceHasAFileOfItsOwnWhichCounts() throws IOException {
        Files.writeString(file, "namespaces:\n  team-a: {cpus: 2, memory: 1G}\n");
        namespace("team-a.yaml", "cpus: 3\n");
        namespace("team-b.yaml", "image: lean\n");
        Files.createDirectories(home.resolve("namespaces/keys"));
        ServerConfig config = read(NONE);
        assertThat(config.of("team-a").sandbox())
                .isEqualTo(SandboxConfig.DEFAULT.withCpus(3).withMemoryBytes(1 << 30));
        assertThat(config.of("team-b").sandbox().image()).isEqualTo("lean");
        assertThat(config.keys()).isEqualTo(home.resolve("namespaces/keys"));
    }

    @Test
    void aMistakeInANamespacesFileIsNamedWithItsPlace() throws IOException {
        Path own = namespace("team-a.yaml", "\ncpu: 3\n");
        assertThatThrownBy(() -> read(NONE))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(own + ":2")
                .hasMessageContaining("has image, cpus, memory, languages, ");
    }

    @Test
    void aFileThatIsNamedLikeNoNamespaceIsAMistake() throws IOException {
        Path own = namespace("Team A.yaml", "cpus: 3\n");
        assertThatThrownBy(() -> read(NONE))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(own.toString())
                .hasMessageContaining("rename the file");
    }

    @Test
    void theGuideSaysFromWhenEachSettingOfANamespaceCounts() throws IOException {
        String guide = Files.readString(Path.of("../docs/configuration.md"));
        for (NamespaceSetting each : NamespaceSetting.ALL) {
            assertThat(guide.lines())
                    .anyMatch(
                            line ->
                                    line.startsWith("| ")
                                            && line.contains("`" + each.key() + "`")
                                            && line.endsWith("| " + each.since().inWords() + " |"));
        }
    }
}
