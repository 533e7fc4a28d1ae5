package dev.microsandbox.mcp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.config.WorkersMode;
import dev.microsandbox.vmm.host.ConfinedWorkers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorkersCheckTest {

    @TempDir Path directory;

    @ParameterizedTest
    @CsvSource({
        "SHARED, false, true, true, true, 7, OK, One process runs the sandboxes of all namespaces (workers: shared).",
        "AUTO, true, true, true, true, 7, OK, development mode asks for no keys",
        "NAMESPACE, true, true, true, true, 7, OK, a user of its own and Landlock",
        "AUTO, false, true, true, true, 7, OK, a user of its own and Landlock",
        "AUTO, false, true, true, true, 0, WARN, a user of its own alone: the kernel has no Landlock",
        "AUTO, false, true, true, false, 7, WARN, Landlock",
        "AUTO, false, true, false, false, 0, WARN, the kernel has no Landlock",
        "AUTO, false, false, false, false, 0, WARN, msb-launch has not started this program",
        "NAMESPACE, false, false, false, false, 0, FAIL, 'msb-launch has not started this program'"
    })
    void whichProcessesAServerHasDependsOnWhatIsConfiguredAndOnWhatIsThere(
            WorkersMode mode,
            boolean developmentMode,
            boolean launched,
            boolean apart,
            boolean users,
            int landlock,
            Finding.Level level,
            String words) {
        Finding finding =
                WorkersCheck.judge(
                        mode,
                        developmentMode,
                        new ConfinedWorkers.Finding(launched, apart, users, landlock),
                        Optional.empty());
        assertThat(finding.level()).isEqualTo(level);
        assertThat(finding.text()).contains(words).endsWith(".");
    }

    @Test
    void saysHowWorkersGetUsersOfTheirOwn() {
        ConfinedWorkers.Finding landlock = new ConfinedWorkers.Finding(true, true, false, 7);
        assertThat(
                        WorkersCheck.judge(
                                        WorkersMode.AUTO,
                                        false,
                                        landlock,
                                        Optional.of(Path.of("/root")))
                                .text())
                .contains(
                        "workers keep the server's user", "'chmod o+x /root'", "MICROSANDBOX_HOME");
        assertThat(WorkersCheck.judge(WorkersMode.AUTO, false, landlock, Optional.empty()).text())
                .contains("they take root");
    }

    @Test
    void findsTheDirectoryThatOthersMayNotPassThrough() throws IOException {
        Path outer = Files.createDirectory(directory.resolve("outer"));
        Path home = Files.createDirectory(outer.resolve("home"));
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
        Files.setPosixFilePermissions(outer, PosixFilePermissions.fromString("rwx--x--x"));
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwx--x--x"));
        assertThat(WorkersCheck.closed(home)).isEmpty();
        assertThat(WorkersCheck.closed(home.resolve("new"))).isEmpty();
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwx------"));
        assertThat(WorkersCheck.closed(home)).contains(home);
        Path link = Files.createSymbolicLink(directory.resolve("link"), home);
        assertThat(WorkersCheck.closed(link)).contains(home);
        Files.setPosixFilePermissions(outer, PosixFilePermissions.fromString("rwx------"));
        assertThat(WorkersCheck.closed(home)).contains(outer);
    }
}
