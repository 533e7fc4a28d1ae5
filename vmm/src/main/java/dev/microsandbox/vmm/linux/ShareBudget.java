package dev.microsandbox.vmm.linux;

/**
 * Decides when a thread that has used more than its share of a processor pauses. Time that it does
 * not use is saved up to a limit. Not thread-safe.
 */
final class ShareBudget {

    /** The part of a processor that a thread gets while others wait: one in four. */
    static final int SHARE_INVERSE = 4;

    /** What a thread may use at once, in nanoseconds. */
    static final long BURST_NANOS = 1_000_000_000;

    /** The longest pause, so that a machine that is paused or stopped does not wait longer. */
    static final long PAUSE_NANOS = 50_000_000;

    /** Others want processors if the thread itself has waited this part of the time for one. */
    private static final int WAITED_INVERSE = 20;

    private long saved = BURST_NANOS;
    private long lastRan = -1;
    private long lastWaited;
    private long lastNow;

    /**
     * Takes the thread's use so far.
     *
     * @param ran how long it ran, in nanoseconds
     * @param waited how long it waited to run, in nanoseconds
     * @param now the {@link System#nanoTime} of both
     * @return how long it must pause, in nanoseconds
     */
    long pause(long ran, long waited, long now) {
        if (lastRan < 0) {
            note(ran, waited, now);
            return 0;
        }
        long passed = now - lastNow;
        saved = Math.min(BURST_NANOS, saved + passed / SHARE_INVERSE - (ran - lastRan));
        boolean wanted = (waited - lastWaited) * WAITED_INVERSE > passed;
        note(ran, waited, now);
        if (saved >= 0) {
            return 0;
        }
        if (!wanted) {
            // What nobody else wanted is not held against the thread later.
            saved = 0;
            return 0;
        }
        return Math.min(PAUSE_NANOS, -saved * SHARE_INVERSE);
    }

    private void note(long ran, long waited, long now) {
        lastRan = ran;
        lastWaited = waited;
        lastNow = now;
    }
}
