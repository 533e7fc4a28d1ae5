package dev.microsandbox.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.vmm.ExecRequest;
import dev.microsandbox.vmm.GuestProcess;
import dev.microsandbox.vmm.OutputListener;
import dev.microsandbox.vmm.Recorder;
import dev.microsandbox.vmm.RunRequest;
import dev.microsandbox.vmm.RunResult;
import dev.microsandbox.vmm.Sandbox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** Helpers for tests with sandboxes in software emulation. */
final class Emulated {

    private Emulated() {}

    /** The last expression's value. */
    static String run(Sandbox sandbox, String language, String code) throws InterruptedException {
        Recorder output = new Recorder();
        RunResult result = sandbox.run(RunRequest.of(language, code), output);
        assertThat(result.outcome())
                .as(output.out() + output.err())
                .isEqualTo(RunResult.Outcome.FINISHED);
        return output.result();
    }

    /** Runs code in the session's shell, and returns its output. */
    static String shell(Sandbox sandbox, String code) throws InterruptedException {
        Recorder output = new Recorder();
        RunResult _ = sandbox.run(RunRequest.of("shell", code), output);
        assertThat(output.err()).isEmpty();
        return output.out().strip();
    }

    /** Runs a script in a new shell, and returns its output when it ends. */
    static CompletableFuture<String> start(Sandbox sandbox, String script) {
        Recorder output = new Recorder();
        GuestProcess process = sandbox.start(ExecRequest.of("sh", "-c", script));
        CompletableFuture<String> result = new CompletableFuture<>();
        Thread.startVirtualThread(
                () -> {
                    try {
                        assertThat(process.await((OutputListener) output).isSuccess()).isTrue();
                        result.complete(output.out().strip());
                    } catch (Throwable e) {
                        result.completeExceptionally(e);
                    }
                });
        return result;
    }

    static List<ProcessHandle> processes() {
        return ProcessHandle.current()
                .descendants()
                .filter(p -> p.info().command().orElse("").contains("qemu-system"))
                .toList();
    }

    static void awaitProcesses(int number) {
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(processes()).hasSize(number));
    }

    /** The number of this process's open descriptors. */
    static long descriptors() throws IOException {
        return entries(Path.of("/proc/self/fd")).size();
    }

    static List<Path> entries(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }

    static void deleteCheckpoint(Path directory) throws IOException {
        for (Path file : entries(directory)) {
            Files.delete(file);
        }
        Files.delete(directory);
    }
}
