package dev.microsandbox.vmm.kvmmachine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.microsandbox.vmm.CheckpointException;
import dev.microsandbox.vmm.ExecRequest;
import dev.microsandbox.vmm.GuestProcess;
import dev.microsandbox.vmm.HostSpeed;
import dev.microsandbox.vmm.KernelBudget;
import dev.microsandbox.vmm.KernelBudget.Work;
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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Saves, restores and forks a sandbox with the real guest. */
@Timeout(900)
@KernelBudget(seconds = 300)
@Work(value = 150, essential = true)
class CheckpointIT {

    private static final SandboxConfig CONFIG =
            SandboxConfig.DEFAULT.withMemoryBytes(256L << 20).withHostName("first");

    private static final int SLOWNESS = HostSpeed.slowness();

    /**
     * Prepares state in the shell's interpreter: a variable, a half-read file, a counting process.
     * It starts as few processes as possible, because each takes seconds if kernel mode is
     * emulated.
     */
    private static final String PREPARE =
            """
            printf 'one\\ntwo\\nthree\\nfour\\n' > lines
            exec 7< lines
            echo one > note
            variable=41
            mkfifo never
            {
                while true; do
                    ticks=$((ticks + 1))
                    echo $ticks > ticks
                    read -r -t 1 <> never
                done
            } 2> /dev/null &
            look() {
                read -r -u 7 line
                read -r note < note
                ticks=
                until [ "$ticks" ]; do read -r ticks < ticks; done 2> /dev/null
                read -r machine < /etc/machine-id
                read -r random < /proc/sys/kernel/random/uuid
                read -r host < /proc/sys/kernel/hostname
                printf -v now '%(%s)T' -1
                echo "$variable $line $note $ticks $now $machine $random $host"
            }
            """;

    /** The state that the shell sees. */
    private record View(
            String variable,
            String line,
            String note,
            long ticks,
            Instant now,
            String machine,
            String random,
            String host) {

        /** Makes the shell report its state, and then do something. */
        static View of(Sandbox sandbox, String before, String then) throws InterruptedException {
            Instant asked = Instant.now();
            String text = shell(sandbox, before + "look\n" + then);
            String[] words = text.split(" ", -1);
            assertThat(words).as(text).hasSize(8);
            View view =
                    new View(
                            words[0],
                            words[1],
                            words[2],
                            Long.parseLong(words[3]),
                            Instant.ofEpochSecond(Long.parseLong(words[4])),
                            words[5],
                            words[6],
                            words[7]);
            assertThat(view.now).isBetween(asked.minusSeconds(30), Instant.now().plusSeconds(5));
            return view;
        }

        void assertIs(String itsVariable, String itsLine, String itsNote) {
            assertThat(List.of(variable, line, note))
                    .isEqualTo(List.of(itsVariable, itsLine, itsNote));
        }
    }

    @TempDir Path directory;

    @Test
    void aComputerIsPutBackAndForked() throws Exception {
        SandboxFactory factory = TestSandboxes.kvm();
        try (Sandbox sandbox = factory.start(CONFIG)) {
            View booted = View.of(sandbox, PREPARE, "");
            booted.assertIs("41", "one", "one");
            // A call in progress continues, and is not part of the checkpoint.
            CompletableFuture<String> underWay = sleeper(sandbox, "2", "done");
            long whole = save(sandbox, "first");
            assertThat(whole).isBetween(10L << 20, 256L << 20);
            assertThat(underWay.get(60L * SLOWNESS, TimeUnit.SECONDS)).isEqualTo("done");
            View.of(sandbox, "variable=99; echo changed > note\n", "")
                    .assertIs("99", "two", "changed");
            // Only what was written since, although the machine was booted.
            assertThat(save(sandbox, "second")).isLessThan(whole / 3);

            CompletableFuture<String> undone = sleeper(sandbox, "600", "never");
            restore(sandbox, "first");
            assertThatExceptionOfType(java.util.concurrent.ExecutionException.class)
                    .isThrownBy(() -> undone.get(10L * SLOWNESS, TimeUnit.SECONDS))
                    .withCauseInstanceOf(SandboxException.class)
                    .withMessageContaining("put back to a checkpoint");
            View first = View.of(sandbox, "", "variable=43");
            first.assertIs("41", "two", "one");
            assertThat(save(sandbox, "third")).isLessThan(whole / 3);

            restore(sandbox, "second");
            View second = View.of(sandbox, "", "");
            second.assertIs("99", "three", "changed");
            assertThat(second.machine()).isEqualTo(first.machine());
            assertWhatIsOfNoUseIsRefused(factory, sandbox);

            // It needs neither its base nor what was saved meanwhile.
            delete("first");
            delete("second");
            restore(sandbox, "third");
            View third = View.of(sandbox, "", "");
            third.assertIs("43", "three", "one");
            awaitTicks(sandbox, third, booted);
            assertForks(factory, third);
            assertThat(Set.of(booted.random(), first.random(), second.random(), third.random()))
                    .hasSize(4);
        }
    }

    private void assertWhatIsOfNoUseIsRefused(SandboxFactory factory, Sandbox sandbox)
            throws Exception {
        Path damaged = Files.createDirectory(directory.resolve("damaged"));
        Path first = directory.resolve("first");
        Files.copy(first.resolve("state"), damaged.resolve("state"));
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> sandbox.restore(damaged))
                .withMessageContaining("it has no file 'memory.0'");
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> factory.resume(damaged, CONFIG))
                .withMessageContaining("it has no file 'memory.0'");
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> factory.resume(first, CONFIG.withCpus(2)))
                .withMessageContaining("with 1 vCPUs and 256 MiB of memory, not with 2 and 256");
    }

    private void assertForks(SandboxFactory factory, View other) throws Exception {
        Path third = directory.resolve("third");
        Sandbox fork = factory.resume(third, CONFIG.withHostName("fork"));
        try {
            View before = View.of(fork, "", "variable=44; echo fork > note");
            before.assertIs("43", "three", "one");
            assertThat(List.of(before.host(), other.host())).containsExactly("fork", "first");
            assertThat(before.machine()).hasSize(32).isNotEqualTo(other.machine());
            // Its own checkpoint, over those that both are based on.
            assertThat(save(fork, "of-fork")).isLessThan(64L << 20);
            restore(fork, "of-fork");
            View after = View.of(fork, "", "");
            after.assertIs("44", "four", "fork");
            awaitTicks(fork, after, before);
            assertThat(List.of(after.machine(), after.host()))
                    .containsExactly(before.machine(), "fork");
            assertThat(Set.of(before.random(), after.random(), other.random())).hasSize(3);
        } finally {
            fork.close();
        }
        assertThatExceptionOfType(SandboxLostException.class)
                .isThrownBy(() -> fork.checkpoint(directory.resolve("none")));
        assertThatExceptionOfType(SandboxLostException.class).isThrownBy(() -> fork.restore(third));
    }

    /** Waits until the guest's process has counted further. */
    private static void awaitTicks(Sandbox sandbox, View now, View before)
            throws InterruptedException {
        View latest = now;
        while (latest.ticks() <= before.ticks()) {
            Thread.sleep(200);
            latest = View.of(sandbox, "", "");
        }
    }

    private long save(Sandbox sandbox, String name) throws InterruptedException {
        long start = System.nanoTime();
        long bytes = sandbox.checkpoint(directory.resolve(name));
        System.err.printf(
                "%s: %d KiB saved in %d ms%n",
                name, bytes >> 10, (System.nanoTime() - start) / 1_000_000);
        return bytes;
    }

    private void restore(Sandbox sandbox, String name) throws InterruptedException {
        long start = System.nanoTime();
        sandbox.restore(directory.resolve(name));
        System.err.printf(
                "put back to %s in %d ms%n", name, (System.nanoTime() - start) / 1_000_000);
    }

    private void delete(String name) throws IOException {
        Path place = directory.resolve(name);
        try (Stream<Path> files = Files.list(place)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(place);
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

    /** Runs code in the shell's interpreter. */
    private static String shell(Sandbox sandbox, String code) throws InterruptedException {
        Recorder recorder = new Recorder();
        RunResult _ =
                sandbox.run(
                        RunRequest.of("shell", code).withTimeout(Duration.ofMinutes(3L * SLOWNESS)),
                        recorder);
        return recorder.out().strip();
    }
}
