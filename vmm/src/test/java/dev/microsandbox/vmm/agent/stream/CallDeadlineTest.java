package dev.microsandbox.vmm.agent.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CallDeadlineTest {

    private static final long SECOND = 1_000_000_000;
    private static final Patience PATIENCE = Patience.DEFAULT;
    private static final Duration GRACE = Duration.ofSeconds(90);

    private final AtomicLong time = new AtomicLong(-5);
    private final CallClock clock = new CallClock(time::get);

    @Test
    void aCallMayLastItsTimeoutAndTheGrace() {
        CallDeadline deadline =
                new CallDeadline(clock, CallLimit.of(Duration.ofSeconds(10), GRACE));
        pass(99);
        assertThat(deadline.left()).isEqualTo(SECOND);
        deadline.moved();
        pass(1);
        assertThat(deadline.left()).isZero();
    }

    @Test
    void aCallWithoutATimeoutHasNoEnd() {
        CallDeadline deadline = new CallDeadline(clock, CallLimit.of(null, GRACE));
        pass(1_000_000);
        deadline.taken(2 * SECOND);
        assertThat(deadline.left()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void whileAMachineIsHeldItsCallsDoNotAge() {
        CallDeadline deadline = new CallDeadline(clock, CallLimit.operation(PATIENCE));
        pass(1);
        clock.stop();
        pass(10_000);
        clock.stop();
        assertThat(deadline.left()).isEqualTo(7199 * SECOND);
        clock.go();
        clock.go();
        pass(1);
        assertThat(deadline.left()).isEqualTo(7198 * SECOND);
    }

    @Test
    void aTransferEndsWhenNothingMoves() {
        CallDeadline deadline = new CallDeadline(clock, CallLimit.transfer(PATIENCE));
        pass(3000);
        deadline.moved();
        pass(3000);
        assertThat(deadline.left()).isEqualTo(4200 * SECOND);
        pass(4200);
        assertThat(deadline.left()).isZero();
    }

    @Test
    void onlyALongWaitForTheReaderGivesTheAgentTime() {
        CallDeadline deadline =
                new CallDeadline(clock, CallLimit.of(Duration.ofSeconds(10), GRACE));
        pass(200);
        deadline.taken(SECOND - 1);
        assertThat(deadline.left()).isEqualTo(-100 * SECOND);
        deadline.taken(SECOND);
        assertThat(deadline.left()).isEqualTo(60 * SECOND);
    }

    @Test
    void aWaitForTheReaderDoesNotShortenACall() {
        CallDeadline deadline = new CallDeadline(clock, CallLimit.operation(PATIENCE));
        deadline.taken(SECOND);
        assertThat(deadline.left()).isEqualTo(7200 * SECOND);
    }

    private void pass(long seconds) {
        time.addAndGet(seconds * SECOND);
    }
}
