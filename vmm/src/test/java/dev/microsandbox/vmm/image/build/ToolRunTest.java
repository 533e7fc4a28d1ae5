package dev.microsandbox.vmm.image.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.microsandbox.vmm.HalfWayProcess;
import dev.microsandbox.vmm.ImageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ToolRunTest {

    @TempDir private Path directory;

    private Path log;

    /** A number of seconds that no other process sleeps for. */
    private final String seconds =
            Integer.toString(ThreadLocalRandom.current().nextInt(1_000_000, 2_000_000_000));

    @BeforeEach
    void makeLog() throws IOException {
        log = Files.createFile(directory.resolve("tool.log"));
    }

    @Test
    void whatAToolPrintsGoesToTheLog() throws Exception {
        run("sh", "-c", "echo out; echo err >&2; cat");
        assertThat(log).hasContent("out\nerr\n");
    }

    @Test
    void aFailureQuotesTheLogsEnd() {
        assertThatThrownBy(() -> run("sh", "-c", "seq 1000; echo it broke >&2; exit 3"))
                .isInstanceOf(ImageException.class)
                .hasMessageStartingWith("Testing failed with status 3. The last lines of " + log)
                .hasMessageContaining("\n1000\nit broke")
                .hasMessageNotContaining("\n900\n");
    }

    @Test
    void saysWhichToolIsMissing() {
        assertThatThrownBy(() -> run("no-such-tool"))
                .isInstanceOf(ImageException.class)
                .hasMessageStartingWith("Testing failed: ")
                .hasMessageContaining("no-such-tool");
    }

    @Test
    void anInterruptKillsTheToolAndItsChildren() throws Exception {
        Thread caller = Thread.currentThread();
        Thread.ofPlatform()
                .daemon()
                .start(
                        () -> {
                            await().until(() -> sleeping(seconds));
                            caller.interrupt();
                        });
        assertThatThrownBy(() -> run("sh", "-c", "sleep " + seconds + "; true"))
                .isInstanceOf(InterruptedException.class);
        await().until(() -> !sleeping(seconds));
    }

    @Test
    void toolsDieWithAProcessThatIsKilled() throws Exception {
        assumeTrue(
                !Containment.contain(List.of("true")).equals(List.of("true")),
                "needs root and namespaces");
        try (HalfWayProcess process = ToolProcess.sleeping(log, seconds)) {
            process.awaitHalfWay();
            await().until(() -> sleeping(seconds));
            process.kill();
        }
        await().until(() -> !sleeping(seconds));
    }

    @Test
    void tellsHowFarABuildIs() {
        assertThat(KernelBuild.status("compiled 655")).isEqualTo("50 %");
        assertThat(KernelBuild.status("unpacking linux.tar.xz"))
                .isEqualTo("unpacking linux.tar.xz");
        assertThat(KernelBuild.status("compiled 100000")).isEqualTo("99 %");
        assertThat(KernelBuild.status("  CC      fs/compiled 12")).isNull();
        assertThat(TreeBuild.status("I: installing essential packages..."))
                .isEqualTo("installing essential packages");
        assertThat(TreeBuild.status("Setting up bash (5.2.15-2) ...")).isNull();
        assertThat(Elapsed.format(59)).isEqualTo("59 s");
        assertThat(Elapsed.format(185)).isEqualTo("3 min 5 s");
    }

    @Test
    void readsALogAsItGrows() throws IOException {
        Files.writeString(log, "old\n");
        try (ToolLog lines = new ToolLog(log)) {
            assertThat(lines.newLines()).isEmpty();
            append("one\ntw");
            assertThat(lines.newLines()).containsExactly("one");
            append("o\nthree\n");
            assertThat(lines.newLines()).containsExactly("two", "three");
        }
    }

    @Test
    void knowsThePackagesOfADebianHost() throws Exception {
        assumeTrue(ToolRun.output("dpkg-query", "--version") != null, "needs Debian");
        assertThat(HostPackages.version("dpkg")).matches("[0-9][^ ]*");
        assertThat(HostPackages.version("no-such-package")).isNull();
    }

    private void append(String text) throws IOException {
        Files.writeString(log, text, StandardOpenOption.APPEND);
    }

    private void run(String... command) throws IOException, InterruptedException {
        new ToolRun(log, line -> {}).run("Testing", List.of(command));
    }

    private static boolean sleeping(String seconds) {
        try (Stream<ProcessHandle> processes = ProcessHandle.allProcesses()) {
            return processes
                    .map(ProcessHandle::info)
                    .anyMatch(
                            info ->
                                    info.command().orElse("").endsWith("/sleep")
                                            && Stream.of(info.arguments().orElse(new String[0]))
                                                    .anyMatch(seconds::equals));
        }
    }
}
