package dev.microsandbox.mcp.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class WatchdogTest {

    private static final int CODE = 75;

    @ParameterizedTest
    @CsvSource({
        "heap, no memory could be allocated",
        "direct, no memory outside the heap",
        "processors, no request could run",
        "listener, did not accept connections"
    })
    void aProcessThatCannotGoOnEndsItself(String lack, String lastWords) throws Exception {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "-Xmx32m",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Victim.class.getName(),
                                lack)
                        .start();
        try {
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(CODE);
            assertThat(new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8))
                    .contains(lastWords);
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void aFailureThatPassesEndsNothing() throws Exception {
        List<String> ends = new ArrayList<>();
        int[] runs = new int[1];
        Watchdog.Probe probe =
                Watchdog.Probe.of(
                        "nothing worked",
                        () -> {
                            runs[0]++;
                            if (runs[0] > 300) {
                                throw new InterruptedException();
                            }
                            if (runs[0] % 5 != 0) {
                                throw new OutOfMemoryError("for a moment");
                            }
                        });
        new Watchdog(
                        List.of(probe),
                        Duration.ofSeconds(10),
                        Duration.ofMillis(1),
                        () -> ends.add("ended"))
                .watch();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(ends).isEmpty();
    }

    /** A process that has no more of something. */
    static final class Victim {

        private Victim() {}

        public static void main(String[] args) throws InterruptedException {
            String lack = args[0];
            Watchdog.start(
                    CODE,
                    () -> {
                        if (lack.equals("listener")) {
                            throw new IOException("refused");
                        }
                    },
                    Duration.ofSeconds(1));
            Thread.sleep(500);
            List<Object> held = new ArrayList<>();
            if (lack.equals("heap")) {
                fill(held, () -> new byte[64 << 10]);
            } else if (lack.equals("direct")) {
                fill(held, () -> ByteBuffer.allocateDirect(32 << 10));
            }
            if (lack.equals("processors")) {
                for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
                    Thread.ofVirtual().start(Victim::neverWait);
                }
            }
            Thread.sleep(60_000);
            System.out.println(held.size());
        }

        private static void neverWait() {
            while (!Thread.currentThread().isInterrupted()) {
                Thread.onSpinWait();
            }
        }

        private static void fill(List<Object> held, Supplier<Object> more) {
            try {
                while (true) {
                    held.add(more.get());
                }
            } catch (OutOfMemoryError e) {
                // That was all.
            }
        }
    }
}
