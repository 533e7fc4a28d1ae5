package dev.microsandbox.mcp.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.config.ConfigSources;
import dev.microsandbox.mcp.config.LiveNamespaces;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NamespaceReloadTest {

    @TempDir Path home;

    private final AtomicInteger changes = new AtomicInteger();
    private Path file;
    private LiveNamespaces namespaces;
    private NamespaceReload reload;

    @BeforeEach
    void read() throws IOException {
        file = Files.createDirectory(home.resolve("namespaces")).resolve("team-a.yaml");
        Files.writeString(file, "cpus: 2\n");
        namespaces = ConfigSources.read(Map.of(), Map.of(), home).namespaces();
        reload = new NamespaceReload(namespaces, changes::incrementAndGet);
    }

    @Test
    void aFileCountsOnceItIsNoLongerWritten() throws IOException {
        check(2);
        Files.writeString(file, "cpus: 3\nmemory");
        check(2);
        Files.writeString(file, "cpus: 3\nmemory: 1G\n");
        check(2);
        check(3);
        check(3);
        assertThat(changes).hasValue(1);
    }

    @Test
    void aFileThatReplacesAnotherCounts() throws IOException {
        Path next = Files.writeString(home.resolve("next"), "cpus: 4\n");
        Files.setLastModifiedTime(next, Files.getLastModifiedTime(file));
        Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
        check(2);
        check(4);
    }

    @Test
    void afterAMistakeTheNextVersionCounts() throws IOException {
        Files.writeString(file, "cpus: 9999\n");
        check(2);
        check(2);
        check(2);
        assertThat(changes).hasValue(0);
        Files.writeString(file, "cpus: 1\n");
        check(2);
        check(1);
    }

    @Test
    void aDirectoryMayGoAndComeBack() throws IOException {
        Files.delete(file);
        Files.delete(file.getParent());
        check(2);
        check(1);
        Files.createDirectory(file.getParent());
        Files.writeString(file, "cpus: 3\n");
        check(1);
        check(3);
    }

    private void check(int cpus) {
        reload.check();
        assertThat(namespaces.of("team-a").sandbox().cpus()).isEqualTo(cpus);
    }
}
