package dev.microsandbox.vmm.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.microsandbox.vmm.CheckpointException;
import dev.microsandbox.vmm.ExecRequest;
import dev.microsandbox.vmm.GuestProcess;
import dev.microsandbox.vmm.OutputListener;
import dev.microsandbox.vmm.Recorder;
import dev.microsandbox.vmm.RunRequest;
import dev.microsandbox.vmm.RunResult;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxException;
import dev.microsandbox.vmm.SandboxFactory;
import dev.microsandbox.vmm.SandboxLostException;
import dev.microsandbox.vmm.TestSandboxes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A sandbox with the real guest is saved, put back, and forked. */
@Timeout(900)
class CheckpointIT {

    private static final SandboxConfig CONFIG =
            SandboxConfig.DEFAULT.withMemoryBytes(256L << 20).withHostName("first");

    /** What of a machine is its own, one a line. */
    private static final String IDENTITY =
            "cat /proc/sys/kernel/random/uuid /etc/machine-id; hostname";

    @TempDir Path directory;

    @Test
    void aComputerIsPutBackAndForked() throws Exception {
        SandboxFactory factory = TestSandboxes.kvm();
        try (Sandbox sandbox = factory.start(CONFIG)) {
            assertThat(shell(sandbox, "printf 'one\\ntwo\\nthree\\n' > lines; exec 7< lines"))
                    .isEmpty();
            assertThat(shell(sandbox, "variable=41; read -u 7 line; echo $line")).isEqualTo("one");
            // Not a child of the shell that is asked: it counts on while nobody asks.
            shell(
                    sandbox,
                    "(while true; do n=$((n + 1)); echo $n > ticks; sleep 0.2; done) > /dev/null 2>&1 &");
            long ticks = awaitTicks(sandbox, 0);
            Path first = directory.resolve("first");
            // A call under way goes on, and is none in the checkpoint.
            CompletableFuture<String> underWay = sleeper(sandbox, "2", "done");
            long bytes = sandbox.checkpoint(first);
            assertThat(bytes).isBetween(10L << 20, 256L << 20);
            assertThat(underWay.get(60, TimeUnit.SECONDS)).isEqualTo("done");

            assertThat(shell(sandbox, "variable=99; read -u 7 line; echo $line")).isEqualTo("two");
            shell(sandbox, "rm lines; echo changed > other; kill %1; wait");
            Path second = directory.resolve("second");
            sandbox.checkpoint(second);

            CompletableFuture<String> undone = sleeper(sandbox, "600", "never");
            long start = System.nanoTime();
            sandbox.restore(first);
            System.err.printf("restored in %d ms%n", (System.nanoTime() - start) / 1_000_000);
            assertThatExceptionOfType(java.util.concurrent.ExecutionException.class)
                    .isThrownBy(() -> undone.get(10, TimeUnit.SECONDS))
                    .withCauseInstanceOf(SandboxException.class)
                    .withMessageContaining("put back to a checkpoint");
            assertFirst(sandbox, ticks);
            Instant now = Instant.ofEpochSecond(Long.parseLong(shell(sandbox, "date +%s")));
            assertThat(now).isBetween(Instant.now().minusSeconds(30), Instant.now().plusSeconds(5));

            sandbox.restore(second);
            assertThat(shell(sandbox, "echo $variable; cat other; ls lines 2>&1 | wc -l; jobs"))
                    .isEqualTo("99\nchanged\n1");
            assertThat(shell(sandbox, "read -u 7 line; echo $line")).isEqualTo("three");

            // What cannot be used leaves it as it is.
            Path damaged = directory.resolve("damaged");
            Files.createDirectory(damaged);
            Files.copy(first.resolve("state"), damaged.resolve("state"));
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(() -> sandbox.restore(damaged))
                    .withMessageContaining("it has no file 'memory'");
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(() -> factory.resume(damaged, CONFIG))
                    .withMessageContaining("it has no file 'memory'");
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(() -> factory.resume(first, CONFIG.withCpus(2)))
                    .withMessageContaining(
                            "with 1 vCPUs and 256 MiB of memory, not with 2 and 256");
            assertThat(shell(sandbox, "echo $variable")).isEqualTo("99");

            // From now on what is saved are changes, which need no other directory.
            sandbox.restore(first);
            shell(sandbox, "variable=43");
            Path third = directory.resolve("third");
            assertThat(sandbox.checkpoint(third)).isLessThan(bytes / 2);
            Files.delete(first.resolve("memory"));
            Files.delete(first.resolve("state"));
            Files.delete(first);
            assertForks(factory, sandbox, third);
        }
    }

    private static void assertForks(SandboxFactory factory, Sandbox sandbox, Path checkpoint)
            throws Exception {
        long start = System.nanoTime();
        Sandbox fork = factory.resume(checkpoint, CONFIG.withHostName("fork"));
        try {
            System.err.printf("forked in %d ms%n", (System.nanoTime() - start) / 1_000_000);
            assertThat(shell(fork, "echo $variable; variable=44")).isEqualTo("43");
            assertThat(shell(sandbox, "echo $variable; variable=45")).isEqualTo("43");
            shell(fork, "echo fork > mine");
            shell(sandbox, "echo first > mine");
            assertThat(shell(fork, "echo $variable; cat mine")).isEqualTo("44\nfork");
            assertThat(shell(sandbox, "echo $variable; cat mine")).isEqualTo("45\nfirst");
            // Both have the process that counts.
            long before = awaitTicks(fork, 0);
            awaitTicks(sandbox, 0);
            awaitTicks(fork, before);

            Set<String> uuids = new HashSet<>();
            List<String> ofFork = identity(fork, uuids);
            List<String> ofFirst = identity(sandbox, uuids);
            assertThat(ofFork.get(2)).isEqualTo("fork");
            assertThat(ofFirst.get(2)).isEqualTo("first");
            assertThat(ofFork.get(1)).hasSize(32).isNotEqualTo(ofFirst.get(1));
            // Put back, each is who it was, with other random numbers.
            fork.restore(checkpoint);
            sandbox.restore(checkpoint);
            assertThat(identity(fork, uuids).subList(1, 3)).isEqualTo(ofFork.subList(1, 3));
            assertThat(identity(sandbox, uuids).subList(1, 3)).isEqualTo(ofFirst.subList(1, 3));
            assertThat(uuids).hasSize(4);
            assertThat(shell(fork, "echo $variable; cat mine 2>&1 | wc -l")).isEqualTo("43\n1");
        } finally {
            fork.close();
        }
        assertThatExceptionOfType(SandboxLostException.class)
                .isThrownBy(() -> fork.checkpoint(checkpoint.resolveSibling("none")));
        assertThatExceptionOfType(SandboxLostException.class)
                .isThrownBy(() -> fork.restore(checkpoint));
        assertThat(shell(sandbox, "echo $variable")).isEqualTo("43");
    }

    private static void assertFirst(Sandbox sandbox, long ticks) throws Exception {
        assertThat(shell(sandbox, "echo $variable; cat lines | wc -l; ls other 2>&1 | grep -c No"))
                .isEqualTo("41\n3\n1");
        // The descriptor's offset.
        assertThat(shell(sandbox, "read -u 7 line; echo $line")).isEqualTo("two");
        awaitTicks(sandbox, ticks);
    }

    /** Waits until the guest's process has counted on. */
    private static long awaitTicks(Sandbox sandbox, long more) throws Exception {
        long first = -1;
        for (int i = 0; i < 100; i++) {
            String text = shell(sandbox, "cat ticks 2> /dev/null");
            long ticks = text.isEmpty() ? 0 : Long.parseLong(text);
            if (first < 0) {
                first = ticks;
            }
            if (ticks > first && ticks > more) {
                return ticks;
            }
            Thread.sleep(200);
        }
        throw new AssertionError("the guest's process does not count any more");
    }

    private static List<String> identity(Sandbox sandbox, Set<String> uuids) throws Exception {
        List<String> lines = List.of(shell(sandbox, IDENTITY).split("\n", -1));
        assertThat(lines).hasSize(3);
        uuids.add(lines.getFirst());
        return lines;
    }

    private static CompletableFuture<String> sleeper(Sandbox sandbox, String seconds, String word) {
        Recorder recorder = new Recorder();
        GuestProcess process =
                sandbox.start(
                        ExecRequest.of("sh", "-c", "sleep %s; printf %s".formatted(seconds, word)));
        CompletableFuture<String> result = new CompletableFuture<>();
        Thread.startVirtualThread(
                () -> {
                    try {
                        assertThat(process.await((OutputListener) recorder).isSuccess()).isTrue();
                        result.complete(recorder.out());
                    } catch (Throwable e) {
                        result.completeExceptionally(e);
                    }
                });
        return result;
    }

    private static String shell(Sandbox sandbox, String code) throws InterruptedException {
        Recorder recorder = new Recorder();
        RunResult _ =
                sandbox.run(
                        RunRequest.of("shell", code).withTimeout(Duration.ofMinutes(3)), recorder);
        return recorder.out().strip();
    }
}
