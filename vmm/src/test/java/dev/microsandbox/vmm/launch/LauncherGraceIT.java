package dev.microsandbox.vmm.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What workers may still do when the server has ended. */
@Timeout(60)
class LauncherGraceIT {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @TempDir private static Path directory;
    private static Path attacks;
    private static Path tenant;
    private static Path program;

    @BeforeAll
    static void build() throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        attacks = TestPrograms.attacks(directory);
        tenant = TestPrograms.compile(directory, "tenant");
        program = TestPrograms.asThisUser(directory);
    }

    @Test
    void aWorkerOutlivesTheServerUntilItEndsByItself() throws Exception {
        try (Tree tree = Tree.start(3600)) {
            TestPrograms.kill("KILL", tree.server);
            await().atMost(PATIENCE).until(() -> !runs(tree.server) && !runs(tree.qemu));
            assertThat(tree.launcher.waitFor(200, TimeUnit.MILLISECONDS)).isFalse();
            assertThat(runs(tree.worker)).isTrue();
            // Such as a container engine's.
            TestPrograms.kill("TERM", tree.launcher.pid());
            assertThat(tree.launcher.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(tree.launcher.exitValue()).isEqualTo(128 + 9);
            assertThat(runs(tree.worker)).isFalse();
        }
    }

    @Test
    void aWorkerThatDoesNotEndIsKilled() throws Exception {
        try (Tree tree = Tree.start(1)) {
            TestPrograms.kill("KILL", tree.server);
            assertThat(tree.launcher.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(tree.launcher.exitValue()).isEqualTo(128 + 9);
            assertThat(runs(tree.worker)).isFalse();
        }
    }

    @Test
    void aWorkerEndsWithEachOfItsLaunchers() throws Exception {
        try (Tree tree = Tree.start(3600)) {
            TestPrograms.kill("KILL", tree.workersLauncher);
            await().atMost(PATIENCE).until(() -> !runs(tree.worker));
            assertThat(runs(tree.server)).isTrue();
        }
        try (Tree tree = Tree.start(3600)) {
            tree.launcher.destroyForcibly();
            await().atMost(PATIENCE).until(() -> !runs(tree.worker) && !runs(tree.workersLauncher));
        }
    }

    private static boolean runs(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    /** A launcher, the server that it has started, a QEMU, and a worker with its launcher. */
    private static final class Tree implements AutoCloseable {

        final Process launcher;
        final long server;
        final long qemu;
        final long workersLauncher;
        final long worker;

        private Tree(Process launcher) throws IOException {
            this.launcher = launcher;
            BufferedReader lines = launcher.inputReader();
            qemu = Long.parseLong(lines.readLine());
            workersLauncher = Long.parseLong(lines.readLine());
            worker = Long.parseLong(lines.readLine());
            server =
                    launcher.children()
                            .mapToLong(ProcessHandle::pid)
                            .filter(pid -> pid != qemu && pid != workersLauncher)
                            .findFirst()
                            .orElseThrow();
        }

        static Tree start(int grace) throws IOException {
            List<String> command =
                    new ArrayList<>(
                            List.of(
                                    program.toString(),
                                    "server",
                                    "--qemu",
                                    attacks.toString(),
                                    "--locks",
                                    "/run/microsandbox",
                                    "--keep-capabilities"));
            command.addAll(
                    List.of(
                            TestTenants.options(
                                    tenant,
                                    directory.resolve("tenants"),
                                    "--worker-grace",
                                    Integer.toString(grace))));
            command.addAll(
                    List.of(
                            "--",
                            Path.of(System.getProperty("java.home"), "bin/java").toString(),
                            "--enable-native-access=ALL-UNNAMED",
                            "-cp",
                            System.getProperty("java.class.path"),
                            WorkerStartingServer.class.getName()));
            return new Tree(
                    new ProcessBuilder(command)
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start());
        }

        @Override
        public void close() {
            var _ = launcher.destroyForcibly();
        }
    }
}
