package dev.microsandbox.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class DeadlineTest {

    @Test
    void whoMissesItIsKilled() throws Exception {
        Process process = new ProcessBuilder("sleep", "60").start();
        try (Deadline _ = Deadline.of(process, Duration.ofMillis(100))) {
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void whoMeetsItIsLeftAlone() throws Exception {
        Process process = new ProcessBuilder("sleep", "60").start();
        try {
            Deadline.of(process, Duration.ofMillis(100)).close();
            assertThat(process.waitFor(400, TimeUnit.MILLISECONDS)).isFalse();
        } finally {
            process.destroyForcibly();
        }
    }
}
