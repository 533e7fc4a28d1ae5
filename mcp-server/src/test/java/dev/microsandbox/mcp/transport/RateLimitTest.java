package dev.microsandbox.mcp.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RateLimitTest {

    // Near the overflow of nanoTime.
    private final AtomicLong time = new AtomicLong(Long.MAX_VALUE - 1000);
    private final RateLimit limit = new RateLimit(6, time::get);

    private int permits(String name, int tries) {
        int permits = 0;
        for (int i = 0; i < tries; i++) {
            permits += limit.tryAcquire(name) ? 1 : 0;
        }
        return permits;
    }

    private void pass(Duration duration) {
        time.addAndGet(duration.toNanos());
    }

    @Test
    void aFullBucketHoldsAMinutesShare() {
        assertThat(permits("a", 100)).isEqualTo(6);
    }

    @Test
    void namesDoNotShare() {
        assertThat(permits("a", 100)).isEqualTo(6);
        assertThat(permits("b", 100)).isEqualTo(6);
    }

    @Test
    void permitsComeBackEvenly() {
        permits("a", 100);
        pass(Duration.ofSeconds(10));
        assertThat(permits("a", 100)).isEqualTo(1);
        pass(Duration.ofSeconds(25));
        assertThat(permits("a", 100)).isEqualTo(2);
    }

    @Test
    void aBucketDoesNotOverflow() {
        permits("a", 100);
        pass(Duration.ofDays(1));
        assertThat(permits("a", 100)).isEqualTo(6);
    }

    @Test
    void namesThatAreNotHeardOfAreForgottenWithoutHarm() {
        permits("a", 100);
        pass(Duration.ofSeconds(61));
        assertThat(permits("b", 1)).isEqualTo(1);
        assertThat(permits("a", 100)).isEqualTo(6);
    }
}
