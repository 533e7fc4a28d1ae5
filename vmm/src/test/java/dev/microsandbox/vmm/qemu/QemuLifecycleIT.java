package dev.microsandbox.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.vmm.ExecRequest;
import dev.microsandbox.vmm.Exit;
import dev.microsandbox.vmm.FirstOutput;
import dev.microsandbox.vmm.Isolation;
import dev.microsandbox.vmm.OutputListener;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxFactory;
import dev.microsandbox.vmm.SandboxLostException;
import dev.microsandbox.vmm.SandboxStartException;
import dev.microsandbox.vmm.TestSandboxes;
import dev.microsandbox.vmm.agent.AgentSandbox;
import dev.microsandbox.vmm.machine.GuestFiles;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How machines start and end, and that they leave nothing behind. */
@Timeout(180)
class QemuLifecycleIT {

    private final SandboxFactory factory = TestSandboxes.qemu();

    @Test
    void aClosedSandboxIsGoneAndSaysSo() throws Exception {
        Sandbox sandbox = factory.start(SandboxConfig.DEFAULT);
        assertThat(sandbox.isolation()).isEqualTo(Isolation.EMULATION);
        assertThat(sandbox.isAlive()).isTrue();
        sandbox.close();
        sandbox.close();
        assertThat(sandbox.isAlive()).isFalse();
        assertThatThrownBy(() -> sandbox.exec(ExecRequest.of("true"), OutputListener.DISCARD))
                .isInstanceOf(SandboxLostException.class)
                .hasMessage("The sandbox was closed.");
        await().atMost(Duration.ofSeconds(10))
                .until(() -> qemus(ProcessHandle.current()).isEmpty());
    }

    @Test
    void theTimeZoneIsEveryRuntimes() throws Exception {
        SandboxConfig tokyo = SandboxConfig.DEFAULT.withTimeZone("Asia/Tokyo");
        StringBuilder output = new StringBuilder();
        try (Sandbox sandbox = factory.start(tokyo)) {
            String show =
                    "date +%Z; cat /etc/timezone;"
                            + " python3 -c 'import time; print(time.tzname[0])';"
                            + " node -p 'Intl.DateTimeFormat().resolvedOptions().timeZone'";
            Exit exit = sandbox.exec(ExecRequest.of("/bin/sh", "-c", show), collect(output));
            assertThat(exit.isSuccess()).isTrue();
        }
        assertThat(output.toString().lines())
                .containsExactly("JST", "Asia/Tokyo", "JST", "Asia/Tokyo");
    }

    @Test
    void aTimeZoneThatTheImageDoesNotKnowIsNamed() {
        assertThatThrownBy(() -> factory.start(SandboxConfig.DEFAULT.withTimeZone("Mars/Olympus")))
                .isInstanceOf(SandboxStartException.class)
                .hasMessageContaining("Mars/Olympus")
                .hasMessageContaining("sandbox.time_zone");
    }

    private static OutputListener collect(StringBuilder output) {
        return new OutputListener() {
            @Override
            public void stdout(byte[] bytes) {
                output.append(new String(bytes, StandardCharsets.UTF_8));
            }

            @Override
            public void stderr(byte[] bytes) {
                stdout(bytes);
            }
        };
    }

    @Test
    void aMachineKilledUnderACallFailsItAtOnce() throws Exception {
        try (Sandbox sandbox = factory.start(SandboxConfig.DEFAULT)) {
            FirstOutput running = new FirstOutput();
            CompletableFuture<Exit> call =
                    CompletableFuture.supplyAsync(
                            () -> {
                                try {
                                    return sandbox.exec(
                                            ExecRequest.of("sh", "-c", "echo up; exec sleep 100"),
                                            running);
                                } catch (InterruptedException e) {
                                    throw new IllegalStateException(e);
                                }
                            });
            running.await();
            qemus(ProcessHandle.current()).forEach(ProcessHandle::destroyForcibly);
            assertThatThrownBy(() -> call.get(5, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(SandboxLostException.class)
                    .hasMessageContaining("killed by signal 9");
            assertThat(sandbox.isAlive()).isFalse();
        }
    }

    @Test
    void aDamagedImageSaysWhatToDo(@TempDir Path directory) throws Exception {
        Path rootfs = Files.write(directory.resolve("rootfs.erofs"), new byte[1 << 20]);
        GuestFiles whole = TestSandboxes.guestFiles();
        GuestFiles damaged =
                new GuestFiles(whole.kernel(), whole.kernelSha256(), rootfs, whole.rootfsSha256());
        assertThatThrownBy(
                        () ->
                                AgentSandbox.connect(
                                        "damaged",
                                        QemuProcess.start(
                                                "damaged",
                                                damaged,
                                                SandboxConfig.DEFAULT,
                                                new QemuMachineKind("QEMU")),
                                        SandboxConfig.DEFAULT))
                .isInstanceOf(SandboxStartException.class)
                .hasMessageContaining("machine stopped");
    }

    @Test
    void aJvmThatIsKilledLeavesNoMachineBehind() throws Exception {
        Process child =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                SandboxHolder.class.getName())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        try (BufferedReader lines = child.inputReader()) {
            assertThat(lines.readLine()).isEqualTo("started");
            List<ProcessHandle> machines = qemus(child.toHandle());
            assertThat(machines).hasSize(1);
            child.destroyForcibly();
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> machines.stream().noneMatch(ProcessHandle::isAlive));
        } finally {
            child.destroyForcibly();
        }
    }

    /** A separate program that starts a sandbox and waits to be killed. */
    static final class SandboxHolder {
        private SandboxHolder() {}

        public static void main(String[] args) throws InterruptedException {
            Sandbox sandbox = TestSandboxes.qemu().start(SandboxConfig.DEFAULT);
            System.out.println(sandbox.isAlive() ? "started" : "dead");
            Thread.sleep(Duration.ofMinutes(2));
        }
    }

    private static List<ProcessHandle> qemus(ProcessHandle parent) {
        return parent.descendants()
                .filter(p -> p.info().command().orElse("").contains("qemu-system"))
                .toList();
    }
}
