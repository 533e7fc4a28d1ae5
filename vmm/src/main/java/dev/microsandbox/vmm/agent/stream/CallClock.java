package dev.microsandbox.vmm.agent.stream;

import java.util.function.LongSupplier;

/**
 * A clock that stands still while a machine is held to be saved: that time is not the guest's.
 * Thread-safe.
 */
public final class CallClock {

    private static final long RUNS = Long.MIN_VALUE;

    private final LongSupplier time;

    /** For how long the clock has stood still in all. Guarded by this, like what follows. */
    private long stood;

    private long stoppedAt = RUNS;

    /** A clock that runs with {@link System#nanoTime}. */
    public CallClock() {
        this(System::nanoTime);
    }

    CallClock(LongSupplier time) {
        this.time = time;
    }

    /** The time in nanoseconds, from an arbitrary beginning. */
    public synchronized long nanos() {
        return (stoppedAt == RUNS ? time.getAsLong() : stoppedAt) - stood;
    }

    /** Stops the clock. */
    public synchronized void stop() {
        if (stoppedAt == RUNS) {
            stoppedAt = time.getAsLong();
        }
    }

    /** Lets the clock continue from the time at which it stopped. */
    public synchronized void go() {
        if (stoppedAt != RUNS) {
            stood += time.getAsLong() - stoppedAt;
            stoppedAt = RUNS;
        }
    }
}
