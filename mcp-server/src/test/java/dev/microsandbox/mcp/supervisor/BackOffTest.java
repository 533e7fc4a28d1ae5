package dev.microsandbox.mcp.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class BackOffTest {

    private final AtomicLong now = new AtomicLong();
    private final BackOff backOff = new BackOff(Duration.ofMinutes(1), now::get);

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }

    @Test
    void eachFailureCostsTwiceAsMuchUpToTheLimit() {
        List<Long> seconds = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            backOff.started();
            backOff.failed();
            seconds.add(backOff.left().toSeconds());
            pass(backOff.left());
            assertThat(backOff.left()).isZero();
        }
        assertThat(seconds).containsExactly(0L, 1L, 2L, 4L, 8L, 16L, 32L, 60L, 60L);
    }

    @Test
    void whatHasRunForLongBeginsAnew() {
        for (int i = 0; i < 5; i++) {
            backOff.started();
            backOff.failed();
        }
        backOff.started();
        pass(Duration.ofSeconds(61));
        backOff.failed();
        assertThat(backOff.left()).isZero();
    }
}
