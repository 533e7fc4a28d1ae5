package dev.microsandbox.mcp.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
                        "Namespace team-a: memory is 1G now, and was 512M, as for all namespaces."
                                + " This counts for sessions that begin from now on",
                        "Namespace team-a: quota.sandboxes is 9 now, and was 6. This counts at once",
                        "Namespace team-b: cpus is 3 now, and was 1, as for all namespaces. This"
                                + " counts for sessions that begin from now on");
        assertThat(namespaces.quotaOf("team-a").sandboxes()).contains(9);
        assertThat(namespaces.sandboxOf("team-a").memoryBytes()).isEqualTo(1L << 30);
        assertThat(namespaces.sandboxOf("team-a").cpus()).isEqualTo(2);
        assertThat(namespaces.sandboxOf("team-b").cpus()).isEqualTo(3);
        assertThat(namespaces.sandboxes()).hasSize(2);

        Files.delete(directory.resolve("team-a.yaml"));
        Files.delete(directory.resolve("team-b.yaml"));
        assertThat(namespaces.reload()).hasSize(3);
        assertThat(namespaces.quotaOf("team-a").sandboxes()).contains(4);
        assertThat(namespaces.sandboxOf("team-a").cpus()).isEqualTo(2);
        assertThat(namespaces.names()).containsExactly("team-a");
        assertThat(namespaces.sandboxOf("team-b").cpus()).isEqualTo(1);
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
        assertThat(namespaces.quotaOf("team-a").sandboxes()).contains(6);
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
        assertThat(namespaces.quotaOf("team-b").sandboxes()).contains(4);
        assertThat(namespaces.sandboxOf("team-a").cpus()).isEqualTo(2);
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
        write("team-b", "quota: {disk: 5G}\nimage: lean\n");
        LiveNamespaces namespaces = namespaces();
        String shown = namespaces.toYaml("team-b");
        assertThat(shown.lines().map(line -> line.replaceAll(" +#", " #")))
                .containsExactly(
                        "image: lean # " + directory.resolve("team-b.yaml") + ":2",
                        "cpus: 1 # default",
                        "memory: 512M # default",
                        "quota:",
                        "  sessions: auto # default",
                        "  sandboxes: 4 # " + home.resolve("config.yaml") + ":2",
                        "  cpus: auto # default",
                        "  memory: auto # default",
                        "  disk: 5G # " + directory.resolve("team-b.yaml") + ":1",
                        "  calls_per_minute: auto # default");
        write("team-b", shown);
        namespaces.reload();
        assertThat(namespaces.quotaOf("team-b")).isEqualTo(namespaces().quotaOf("team-b"));
        assertThat(namespaces.sandboxOf("team-b").image()).isEqualTo("lean");
    }

    private void write(String namespace, String text) throws IOException {
        Files.writeString(directory.resolve(namespace + ".yaml"), text);
    }

    private LiveNamespaces namespaces() {
        return ConfigSources.read(Map.of(), Map.of(), home).namespaces();
    }
}
