package dev.microsandbox.vmm.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * No agent takes the host's memory, or keeps a call for ever: every call of the public API against
 * one that answers with the most that the protocol allows, and against those that lie, in a process
 * with a heap of 64 MiB.
 */
class LyingAgentTest {

    @TempDir Path directory;

    @Test
    void everyMethodOfTheApiIsAttacked() {
        assertThat(LyingAgentCheck.calls().keySet())
                .containsExactlyInAnyOrderElementsOf(LyingAgentCheck.methods());
    }

    @Test
    @Timeout(120)
    void everyCallEndsWithinASmallHeap() throws Exception {
        Path output = directory.resolve("output");
        Process process =
                new ProcessBuilder(
                                List.of(
                                        Path.of(System.getProperty("java.home"), "bin", "java")
                                                .toString(),
                                        "-Xmx64m",
                                        "-XX:+UseSerialGC",
                                        "-XX:TieredStopAtLevel=1",
                                        "-XX:+ExitOnOutOfMemoryError",
                                        "-cp",
                                        System.getProperty("java.class.path"),
                                        LyingAgentCheck.class.getName()))
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        try {
            boolean ended = process.waitFor(100, TimeUnit.SECONDS);
            String printed = Files.readString(output);
            assertThat(ended).as(printed).isTrue();
            assertThat(printed).doesNotContain("FAILED").contains(" calls, ");
            assertThat(process.exitValue()).as(printed).isZero();
        } finally {
            process.destroyForcibly();
        }
    }
}
