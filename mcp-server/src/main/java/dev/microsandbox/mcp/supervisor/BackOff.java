package dev.microsandbox.mcp.supervisor;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How long to wait before something that keeps ending is started again: not at all the first time,
 * then a second, and twice as long each time, up to a limit. Whatever has run for longer than the
 * limit begins anew. Thread-safe.
 */
final class BackOff {

    private static final Duration FIRST = Duration.ofSeconds(1);

    private final Duration most;
    private final LongSupplier clock;
    private Duration next = Duration.ZERO;
    private long startedAt;
    private long notBefore;

    /**
     * @param clock monotonic, in nanoseconds
     */
    BackOff(Duration most, LongSupplier clock) {
        this.most = most;
        this.clock = clock;
        startedAt = clock.getAsLong();
        notBefore = startedAt;
    }

    /** It is being started. */
    synchronized void started() {
        startedAt = clock.getAsLong();
    }

    /** It has ended, or could not be started. */
    synchronized void failed() {
        long now = clock.getAsLong();
        if (now - startedAt > most.toNanos()) {
            next = Duration.ZERO;
        }
        notBefore = now + next.toNanos();
        next = next.isZero() ? FIRST : next.multipliedBy(2);
        if (next.compareTo(most) > 0) {
            next = most;
        }
    }

    /** How long to wait now; zero if not at all. */
    synchronized Duration left() {
        return Duration.ofNanos(Math.max(0, notBefore - clock.getAsLong()));
    }
}
