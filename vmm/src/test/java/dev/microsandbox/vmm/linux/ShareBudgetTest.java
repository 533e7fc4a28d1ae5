package dev.microsandbox.vmm.linux;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ShareBudgetTest {

    private static final long MILLI = 1_000_000;

    /** The time of one round of work, after which the budget is asked. */
    private static final long ROUND = 20 * MILLI;

    private final ShareBudget budget = new ShareBudget();
    private long now = 5_000 * MILLI;
    private long ran;
    private long waited;

    /** A thread that would never rest, while others want the processor too. */
    @Test
    void whoNeverRestsGetsItsShareWhileOthersWait() {
        long begin = now;
        for (int i = 0; i < 10_000; i++) {
            work(ROUND, 0.5);
        }
        double used = (ran - ShareBudget.BURST_NANOS) / (double) (now - begin);
        assertThat(used).isBetween(0.20, 0.26);
    }

    @Test
    void noPauseIsLong() {
        for (int i = 0; i < 1000; i++) {
            assertThat(work(ROUND, 0.5)).isLessThanOrEqualTo(ShareBudget.PAUSE_NANOS);
        }
    }

    /** What nobody else wants may be used, and is not held against the thread later. */
    @Test
    void aProcessorThatNobodyElseWantsIsFree() {
        for (int i = 0; i < 10_000; i++) {
            assertThat(work(ROUND, 0)).isZero();
        }
        work(ROUND, 0.5);
        assertThat(work(ROUND, 0.5)).isLessThanOrEqualTo(ShareBudget.PAUSE_NANOS);
        rest(8_000 * MILLI);
        assertThat(work(ROUND, 0.5)).isZero();
    }

    /** A burst of work, as large output or the start of an interpreter is, runs at full speed. */
    @Test
    void aBurstIsNotSlowedDown() {
        long pauses = 0;
        for (int i = 0; i < 40; i++) {
            pauses += work(ROUND, 0.5);
        }
        assertThat(pauses).isZero();
    }

    /**
     * Works for a time and then pauses as told.
     *
     * @param waiting how long the thread waited for a processor, for each unit that it ran
     */
    private long work(long nanos, double waiting) {
        ran += nanos;
        waited += (long) (nanos * waiting);
        now += nanos + (long) (nanos * waiting);
        long pause = budget.pause(ran, waited, now);
        now += pause;
        return pause;
    }

    private void rest(long nanos) {
        now += nanos;
        budget.pause(ran, waited, now);
    }
}
