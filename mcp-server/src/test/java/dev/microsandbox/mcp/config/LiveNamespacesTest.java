package dev.microsandbox.mcp.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LiveNamespacesTest {

    @TempDir Path home;

    private Path directory;

    @BeforeEach
    void configure() throws IOException {
        directory = Files.createDirectory(home.resolve("namespaces"));
        Files.writeString(
                home.resolve("config.yaml"),
                "cpu_limit: 8\nquota: {sandboxes: 4}\nnamespaces: {team-a: {cpus: 2}}\n");
    }

    @Test
    void changedAddedAndRemovedFilesCount() throws IOException {
        write("team-a", "quota: {sandboxes: 6}\n");
        LiveNamespaces namespaces = namespaces();
        assertThat(namespaces.reload()).isEmpty();

        write("team-a", "memory: 1G\nquota:\n  sandboxes: 9\n");
        write("team-b", "cpus: 3\n");
        assertThat(namespaces.reload())
                .containsExactly(
                        "Namespace team-a: memory is now 1G, and was 512M, as for all namespaces."
                                + " This counts for sessions that begin from now on",
                        "Namespace team-a: quota.sandboxes is now 9, and was 6. This counts at once",
                        "Namespace team-b: cpus is now 3, and was 1, as for all namespaces. This"
                                + " counts for sessions that begin from now on");
        assertThat(namespaces.of("team-a").quota().sandboxes()).contains(9);
        assertThat(namespaces.of("team-a").sandbox().memoryBytes()).isEqualTo(1L << 30);
        assertThat(namespaces.of("team-a").sandbox().cpus()).isEqualTo(2);
        assertThat(namespaces.of("team-b").sandbox().cpus()).isEqualTo(3);
        assertThat(namespaces.sandboxes()).hasSize(2);

        Files.delete(directory.resolve("team-a.yaml"));
        Files.delete(directory.resolve("team-b.yaml"));
        assertThat(namespaces.reload()).hasSize(3);
        assertThat(namespaces.of("team-a").quota().sandboxes()).contains(4);
        assertThat(namespaces.of("team-a").sandbox().cpus()).isEqualTo(2);
        assertThat(namespaces.names()).containsExactly("team-a");
        assertThat(namespaces.of("team-b").sandbox().cpus()).isEqualTo(1);
    }

    @Test
    void eachChangeSaysFromWhenItCounts() throws IOException {
        write("team-a", "checkpoint: {max_count: 5}\n");
        LiveNamespaces namespaces = namespaces();
        write(
                "team-a",
                """
                run: {timeout: 2m}
                languages: [python, shell]
                sandbox: {start_timeout: 3m}
                session: {idle_timeout: 5m}
                """);
        assertThat(namespaces.reload())
                .containsExactly(
                        "Namespace team-a: checkpoint.max_count is now 20, as for all namespaces,"
                                + " and was 5. This counts at once",
                        "Namespace team-a: languages is now python,shell, and was auto, as for all"
                                + " namespaces. This counts for calls that begin from now on",
                        "Namespace team-a: run.timeout is now 2m, and was 30s, as for all"
                                + " namespaces. This counts for calls that begin from now on",
                        "Namespace team-a: sandbox.start_timeout is now 3m, and was auto, as for"
                                + " all namespaces. This counts for sandboxes that start from now"
                                + " on",
                        "Namespace team-a: session.idle_timeout is now 5m, and was 15m, as for all"
                                + " namespaces. This counts at once");
        NamespaceConfig now = namespaces.of("team-a");
        assertThat(now.run())
                .isEqualTo(new RunConfig(Duration.ofMinutes(2), List.of("python", "shell")));
        assertThat(now.sandbox().startTimeout()).isEqualTo(Duration.ofMinutes(3));
        assertThat(now.session().idleTimeout()).isEqualTo(Duration.ofMinutes(5));
        assertThat(now.checkpoints().maxCount()).isEqualTo(20);
    }

    @Test
    void everySettingOfANamespaceChangesItsTermsAlone() throws IOException {
        Map<String, String> others = new LinkedHashMap<>();
        others.put("image", "lean");
        others.put("cpus", "3");
        others.put("memory", "1G");
        others.put("languages", "python");
        others.put("run.timeout", "2m");
        others.put("sandbox.start_timeout", "3m");
        others.put("sandbox.interpreter_timeout", "3m");
        others.put("session.idle_timeout", "5m");
        others.put("session.lifetime", "1d");
        others.put("session.suspend", "false");
        others.put("checkpoint.max_count", "5");
        others.put("checkpoint.max_bytes", "1G");
        others.put("quota.sessions", "7");
        others.put("quota.sandboxes", "7");
        others.put("quota.cpus", "7");
        others.put("quota.memory", "7G");
        others.put("quota.disk", "7G");
        others.put("quota.calls_per_minute", "7");
        assertThat(others.keySet())
                .containsExactlyElementsOf(
                        NamespaceSetting.ALL.stream().map(NamespaceSetting::key).toList());

        LiveNamespaces namespaces = namespaces();
        NamespaceConfig ofAll = namespaces.of("team-b");
        for (Map.Entry<String, String> other : others.entrySet()) {
            String[] path = other.getKey().split("\\.", -1);
            write(
                    "team-b",
                    path.length == 1
                            ? path[0] + ": " + other.getValue()
                            : path[0] + ": {" + path[1] + ": " + other.getValue() + "}");
            assertThat(namespaces.reload())
                    .anyMatch(
                            line ->
                                    line.startsWith(
                                            "Namespace team-b: %s is now %s, "
                                                    .formatted(other.getKey(), other.getValue())));
            assertThat(namespaces.of("team-b")).as(other.getKey()).isNotEqualTo(ofAll);
            assertThat(namespaces.of("team-c")).isEqualTo(ofAll);
            EffectiveConfig ofWorker =
                    ConfigSources.ofText(namespaces.configurationOf("team-b"), home);
            assertThat(ofWorker.namespaces().of("team-b")).isEqualTo(namespaces.of("team-b"));
        }
    }

    @Test
    void aFileThatIsWrongChangesNothing() throws IOException {
        write("team-a", "quota: {sandboxes: 6}\n");
        LiveNamespaces namespaces = namespaces();
        write("team-a", "quota: {sandboxes: 7}\n");
        write("team-b", "\ncpus: many\n");
        assertThatThrownBy(namespaces::reload)
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(directory.resolve("team-b.yaml") + ":2")
                .hasMessageContaining("many");
        assertThat(namespaces.of("team-a").quota().sandboxes()).contains(6);
        assertThat(namespaces.names()).containsExactly("team-a");

        write("team-b", "cpus: 2\n");
        assertThat(namespaces.reload()).hasSize(2);
    }

    @Test
    void whatDoesNotFitTheServerIsWrong() throws IOException {
        LiveNamespaces namespaces = namespaces();
        write("team-b", "memory: 64G\n");
        assertThatThrownBy(namespaces::reload)
                .hasMessageContaining("team-b.yaml:1")
                .hasMessageContaining("memory_limit");
    }

    @Test
    void theOtherSettingsStayAsTheyWere() throws IOException {
        LiveNamespaces namespaces = namespaces();
        Files.writeString(home.resolve("config.yaml"), "quota: {sandboxes: 1}\n");
        assertThat(namespaces.reload()).isEmpty();
        assertThat(namespaces.of("team-b").quota().sandboxes()).contains(4);
        assertThat(namespaces.of("team-a").sandbox().cpus()).isEqualTo(2);
    }

    @Test
    void everyFileThatIsWrongIsNamed() throws IOException {
        LiveNamespaces namespaces = namespaces();
        write("team-a", "quota: {sandboxes: none}\n");
        write("team-b", "cpus: 2\n");
        write("team-c", "cpu: 2\n");
        assertThat(namespaces.mistakes())
                .satisfiesExactly(
                        first -> assertThat(first).contains("team-a.yaml:1"),
                        second -> assertThat(second).contains("team-c.yaml:1"));
        assertThat(namespaces.names()).containsExactly("team-a");
    }

    @Test
    void whatIsShownIsAFileOfANamespace() throws IOException {
        write(
                "team-b",
                """
                quota: {disk: 5G}
                image: lean
                languages: [python, shell]
                session: {idle_timeout: 5m}
                """);
        LiveNamespaces namespaces = namespaces();
        String shown = namespaces.toYaml("team-b");
        assertThat(shown.lines().map(line -> line.replaceAll(" +#", " #")))
                .containsExactly(
                        "image: lean # " + directory.resolve("team-b.yaml") + ":2",
                        "cpus: 1 # default",
                        "memory: 512M # default",
                        "languages: \"python,shell\" # " + directory.resolve("team-b.yaml") + ":3",
                        "run:",
                        "  timeout: 30s # default",
                        "sandbox:",
                        "  start_timeout: auto # default",
                        "  interpreter_timeout: auto # default",
                        "session:",
                        "  idle_timeout: 5m # " + directory.resolve("team-b.yaml") + ":4",
                        "  lifetime: 8h # default",
                        "  suspend: true # default",
                        "checkpoint:",
                        "  max_count: 20 # default",
                        "  max_bytes: 4G # default",
                        "quota:",
                        "  sessions: auto # default",
                        "  sandboxes: 4 # " + home.resolve("config.yaml") + ":2",
                        "  cpus: auto # default",
                        "  memory: auto # default",
                        "  disk: 5G # " + directory.resolve("team-b.yaml") + ":1",
                        "  calls_per_minute: auto # default");
        write("team-b", shown);
        namespaces.reload();
        NamespaceConfig reread = namespaces.of("team-b");
        assertThat(reread).isEqualTo(namespaces().of("team-b"));
        assertThat(reread.sandbox().image()).isEqualTo("lean");
        assertThat(reread.run().languages()).containsExactly("python", "shell");
    }

    private void write(String namespace, String text) throws IOException {
        Files.writeString(directory.resolve(namespace + ".yaml"), text);
    }

    private LiveNamespaces namespaces() {
        return ConfigSources.read(Map.of(), Map.of(), home).namespaces();
    }
}
