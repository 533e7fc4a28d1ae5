package dev.microsandbox.mcp.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class CarriersTest {

    private static final int WAIT_SECONDS = 10;

    /** In a process of its own, because the choice holds for a process. */
    @Test
    @Timeout(60)
    void requestsThatComputeLeaveAProcessorToOthers() throws Exception {
        Process process =
                new ProcessBuilder(
                                List.of(
                                        Path.of(System.getProperty("java.home"), "bin", "java")
                                                .toString(),
                                        "-cp",
                                        System.getProperty("java.class.path"),
                                        Busy.class.getName()))
                        .redirectErrorStream(true)
                        .start();
        try {
            String output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(output).isEqualTo("ran");
        } finally {
            process.destroyForcibly();
        }
    }

    /** More virtual threads that never wait than there are processors, and another one. */
    static final class Busy {

        private Busy() {}

        public static void main(String[] args) throws InterruptedException {
            Carriers.choose();
            for (int i = 0; i <= Runtime.getRuntime().availableProcessors(); i++) {
                Thread.startVirtualThread(Busy::compute);
            }
            Thread other = Thread.startVirtualThread(() -> {});
            System.out.print(other.join(Duration.ofSeconds(WAIT_SECONDS)) ? "ran" : "waits");
            System.out.flush();
            Runtime.getRuntime().halt(0);
        }

        private static void compute() {
            long until = System.nanoTime() + Duration.ofSeconds(2 * WAIT_SECONDS).toNanos();
            while (System.nanoTime() < until) {
                Thread.onSpinWait();
            }
        }
    }
}
