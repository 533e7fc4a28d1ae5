package dev.microsandbox.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.vmm.CheckpointException;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxException;
import dev.microsandbox.vmm.SandboxFactory;
import dev.microsandbox.vmm.SandboxLostException;
import dev.microsandbox.vmm.TestSandboxes;
import dev.microsandbox.vmm.agent.AgentSandbox;
import dev.microsandbox.vmm.agent.RenewRequest;
import dev.microsandbox.vmm.machine.GuestFiles;
import dev.microsandbox.vmm.machine.RestorableMachine;
import dev.microsandbox.vmm.storage.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A failure of a checkpoint or a restore does not cost the computer. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(300)
class QemuCheckpointFailureIT {

    private static final QemuMachineKind KIND = new QemuMachineKind("QEMU");
    private static final SandboxConfig CONFIG =
            SandboxConfig.DEFAULT.withMemoryBytes(128L << 20).withHostName("first");

    @TempDir private static Path directory;

    private final SandboxFactory factory = TestSandboxes.qemu();
    private Sandbox sandbox;
    private Path saved;

    @BeforeAll
    void save() throws Exception {
        sandbox = factory.start(CONFIG);
        Emulated.shell(sandbox, "variable=41");
        saved = directory.resolve("saved");
        sandbox.checkpoint(saved);
    }

    @AfterAll
    void close() {
        if (sandbox != null) {
            sandbox.close();
        }
    }

    private void assertGoesOn() throws Exception {
        assertThat(Emulated.shell(sandbox, "echo $variable")).isEqualTo("41");
    }

    @Test
    void callsUnderWayGoOnAtACheckpointAndAreUndoneAtARestore() throws Exception {
        // More than a pipe holds, so that the port is full when the machine is paused.
        String numbers = "seq 1 %d";
        int many = 400_000;
        CompletableFuture<String> output =
                Emulated.start(sandbox, numbers.formatted(many) + " | md5sum");
        CompletableFuture<String> flood = Emulated.start(sandbox, numbers.formatted(many));
        Path during = directory.resolve("during");
        sandbox.checkpoint(during);
        assertThat(flood.get(60, TimeUnit.SECONDS).lines())
                .hasSize(many)
                .startsWith("1", "2")
                .endsWith(Integer.toString(many));
        assertThat(output.get(60, TimeUnit.SECONDS)).endsWith("-");

        CompletableFuture<String> undone = Emulated.start(sandbox, "sleep 600");
        CompletableFuture<String> undoneFlood = Emulated.start(sandbox, "yes");
        sandbox.restore(during);
        for (CompletableFuture<String> call : List.of(undone, undoneFlood)) {
            assertThatExceptionOfType(ExecutionException.class)
                    .isThrownBy(() -> call.get(10, TimeUnit.SECONDS))
                    .satisfies(
                            e ->
                                    assertThat(e.getCause())
                                            .isExactlyInstanceOf(SandboxException.class)
                                            .hasMessageContaining("put back to a checkpoint"));
        }
        assertGoesOn();
        assertThat(Emulated.shell(sandbox, "pgrep -c '^(seq|yes)$' || true")).isEqualTo("0");
    }

    @Test
    void whatIsDamagedIsRefused() throws Exception {
        for (String name : List.of("state", "memory")) {
            Path file = saved.resolve(name);
            long size = Files.size(file);
            for (long at : new long[] {0, 8, size / 2, size - 1}) {
                flip(file, at);
                assertRefused(saved, "damaged");
                flip(file, at);
            }
            Path kept = directory.resolve("kept");
            Files.copy(file, kept);
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(size - 1);
            }
            assertRefused(saved, "damaged");
            Files.delete(file);
            assertRefused(saved, "has no file '" + name + "'");
            Files.move(kept, file);
        }
        assertRefused(directory.resolve("none"), "it does not exist");
        // Like a snapshot of a machine on KVM.
        Path other = Files.createDirectory(directory.resolve("kvm"));
        Files.write(other.resolve("state"), new byte[100]);
        assertRefused(other, "not made in software emulation");
        sandbox.restore(saved);
        assertGoesOn();
        Emulated.awaitProcesses(1);
    }

    private static void flip(Path file, long at) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, at);
            one.put(0, (byte) (one.get(0) ^ 4)).rewind();
            channel.write(one, at);
        }
    }

    private void assertRefused(Path place, String reason) throws Exception {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> sandbox.restore(place))
                .withMessageStartingWith("The checkpoint cannot be used: ")
                .withMessageContaining(reason)
                .withMessageNotContaining(place.toString());
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> factory.resume(place, CONFIG))
                .withMessageContaining(reason);
        assertThat(sandbox.isAlive()).isTrue();
    }

    @Test
    void anotherKindOfSandboxIsRefused() {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> factory.resume(saved, CONFIG.withCpus(2)))
                .withMessageContaining("with 1 vCPUs and 128 MiB of memory, not with 2 and 128");
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> factory.resume(saved, CONFIG.withMemoryBytes(256L << 20)))
                .withMessageContaining("128 MiB of memory, not with 1 and 256");
    }

    @Test
    void aMachineOnKvmRefusesIt() {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> TestSandboxes.kvm().resume(saved, CONFIG))
                .withMessageContaining("it was made in software emulation (QEMU)")
                .withMessageContaining("accelerator is set to qemu");
    }

    /** The agent's port is full, and QEMU is writing a buffer of the guest. */
    @Test
    void aMachineIsSavedWhileNobodyReadsFromItsPort() throws Exception {
        Path stuffed = directory.resolve("stuffed");
        GuestFiles guest = TestSandboxes.guestFiles();
        QemuMachine machine = QemuMachine.resume("stuffed", saved, guest, CONFIG, KIND);
        StoppableReading reading = new StoppableReading(machine);
        try (AgentSandbox written =
                AgentSandbox.adopt(
                        "stuffed",
                        reading,
                        CONFIG,
                        RenewRequest.of(SandboxConfig.DEFAULT.withHostName("stuffed")))) {
            CompletableFuture<String> yes = Emulated.start(written, "yes");
            Thread.sleep(300);
            reading.stopReading();
            Thread.sleep(300);
            try (RestorableMachine.Saving saving = machine.beginSaving(stuffed)) {
                saving.take();
                long _ = saving.finish();
            }
            assertThat(yes).isNotDone();
        }
        try (Sandbox resumed = factory.resume(stuffed, CONFIG)) {
            assertThat(Emulated.shell(resumed, "echo $variable")).isEqualTo("41");
        }
        Emulated.awaitProcesses(1);
    }

    @Test
    void aStateThatQemuRefusesLeavesTheComputerAsItIs() throws Exception {
        Path other = Files.createDirectory(directory.resolve("other"));
        byte[] nonsense = {1, 2, 3};
        SavedManifest manifest =
                SavedManifest.read(SavedManifest.Contents.CHECKPOINT, saved.resolve("state"));
        Files.write(other.resolve("memory"), nonsense);
        Files.write(
                other.resolve("state"),
                new SavedManifest(
                                manifest.contents(),
                                manifest.qemu(),
                                manifest.machine(),
                                manifest.kernelSha256(),
                                manifest.rootfsSha256(),
                                manifest.cpus(),
                                manifest.memoryBytes(),
                                Map.of("memory", Sha256.of(nonsense)))
                        .encode());
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> sandbox.restore(other))
                .withMessageStartingWith("The sandbox was not put back, and goes on as it was: ");
        assertGoesOn();
        Emulated.awaitProcesses(1);
    }

    @Test
    void aFullDiskIsNamedAndLeavesNothing() throws Exception {
        Path mounted = Files.createDirectory(directory.resolve("mounted"));
        Assumptions.assumeTrue(
                command("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", mounted.toString()) == 0,
                "skipped: nothing can be mounted here");
        try {
            for (int i = 0; i < 2; i++) {
                assertNotSaved(
                        mounted.resolve("full"), "no room on the host's disk; delete checkpoints");
                assertThat(mounted).isEmptyDirectory();
                assertGoesOn();
            }
            assertThat(command("mount", "-o", "remount,ro", mounted.toString())).isZero();
            assertNotSaved(mounted.resolve("read-only"), "the server may not write there");
        } finally {
            assertThat(command("umount", "-l", mounted.toString())).isZero();
        }
        // It can be saved where there is room.
        Path place = directory.resolve("room");
        sandbox.checkpoint(place);
        sandbox.restore(place);
        assertGoesOn();
    }

    @Test
    void aPlaceThatIsNotThereOrTakenIsNamed() throws Exception {
        assertNotSaved(directory.resolve("nowhere/c1"), "its place is not there");
        assertNotSaved(saved, "something is there already");
        assertGoesOn();
    }

    private void assertNotSaved(Path place, String reason) {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> sandbox.checkpoint(place))
                .withMessageStartingWith("The sandbox was not saved: ")
                .withMessageContaining(reason);
    }

    private static int command(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    @Test
    void whoIsInAHurryLeavesTheComputerAsItIs() throws Exception {
        for (int millis : new int[] {5, 50, 100, 200, 400}) {
            Path place = directory.resolve("hurry" + millis);
            interruptAfter(millis, () -> sandbox.checkpoint(place));
            assertGoesOn();
            interruptAfter(millis, () -> sandbox.restore(saved));
            assertGoesOn();
            Emulated.awaitProcesses(1);
        }
        sandbox.restore(saved);
        assertGoesOn();
        assertThat(Emulated.entries(directory))
                .noneMatch(path -> path.toString().endsWith(".partial"));
    }

    private interface Work {
        void run() throws Exception;
    }

    private static void interruptAfter(int millis, Work work) throws Exception {
        CompletableFuture<Void> end = new CompletableFuture<>();
        Thread thread =
                Thread.ofVirtual()
                        .start(
                                () -> {
                                    try {
                                        work.run();
                                        end.complete(null);
                                    } catch (Throwable e) {
                                        end.completeExceptionally(e);
                                    }
                                });
        Thread.sleep(millis);
        thread.interrupt();
        try {
            end.get(60, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            assertThat(e.getCause()).isInstanceOf(InterruptedException.class);
        }
    }

    @Test
    void whoIsClosedWhileItIsPutBackLeavesNothing() throws Exception {
        for (int millis : new int[] {20, 150, 300}) {
            Sandbox closed = factory.resume(saved, CONFIG);
            CompletableFuture<Void> restoring =
                    CompletableFuture.runAsync(
                            () -> {
                                try {
                                    while (true) {
                                        closed.restore(saved);
                                    }
                                } catch (InterruptedException e) {
                                    throw new IllegalStateException(e);
                                }
                            });
            Thread.sleep(millis);
            closed.close();
            assertThat(closed.isAlive()).isFalse();
            assertThatThrownBy(() -> restoring.get(60, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(SandboxLostException.class);
            Emulated.awaitProcesses(1);
        }
        Sandbox closed = factory.resume(saved, CONFIG);
        closed.close();
        assertThatExceptionOfType(SandboxLostException.class)
                .isThrownBy(() -> closed.restore(saved));
        assertThatExceptionOfType(SandboxLostException.class)
                .isThrownBy(() -> closed.checkpoint(directory.resolve("closed")));
        assertThat(directory.resolve("closed")).doesNotExist();
        assertGoesOn();
    }

    @Test
    void aQemuThatIsKilledIsAComputerThatIsLost() throws Exception {
        try (Sandbox killed = factory.resume(saved, CONFIG)) {
            Emulated.processes().stream()
                    .max(Comparator.comparingLong(ProcessHandle::pid))
                    .orElseThrow()
                    .destroyForcibly();
            await().atMost(Duration.ofSeconds(10)).until(() -> !killed.isAlive());
            assertThatExceptionOfType(SandboxLostException.class)
                    .isThrownBy(() -> killed.restore(saved))
                    .withMessageContaining("signal 9");
        }
        Emulated.awaitProcesses(1);
        assertGoesOn();
    }
}
