package dev.microsandbox.mcp.session.limits;

import dev.microsandbox.mcp.units.Durations;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Limits the calls of tools that a namespace makes in a minute. A namespace that was quiet may make
 * all calls of a minute at once; then they come back one by one. A refused call does not count.
 * Thread-safe.
 */
public final class CallRate {

    private static final long MINUTE = Duration.ofMinutes(1).toNanos();

    private final Supplier<Quota> quotas;
    private final Denials denials;
    private final LongSupplier clock;

    /** Guarded by this. When all calls of a minute are allowed again. */
    private long fullAt;

    /**
     * @param quotas gives the limits in force, which may change
     * @param clock monotonic, in nanoseconds
     */
    public CallRate(Supplier<Quota> quotas, Denials denials, LongSupplier clock) {
        this.quotas = quotas;
        this.denials = denials;
        this.clock = clock;
        fullAt = clock.getAsLong();
    }

    /**
     * Counts a call.
     *
     * @throws SessionException if it must not be made now; the message says when to try again
     */
    public void count() {
        Quota quota = quotas.get();
        if (!quota.limitsCalls()) {
            return;
        }
        long wait = tryCount(quota.callsPerMinute());
        if (wait > 0) {
            throw denials.of(
                    "quota.calls_per_minute",
                    "made the %d calls that it may make in a minute"
                            .formatted(quota.callsPerMinute()),
                    "The call did nothing. Try again in %s."
                            .formatted(
                                    Durations.inWords(
                                            Duration.ofSeconds(
                                                    Math.max(
                                                            1,
                                                            Math.ceilDiv(wait, 1_000_000_000L))))));
        }
    }

    /** Returns 0 if the call is counted, else for how long no call is allowed, in nanoseconds. */
    private synchronized long tryCount(int callsPerMinute) {
        long now = clock.getAsLong();
        long begin = fullAt - now < 0 ? now : fullAt;
        long next = begin + MINUTE / callsPerMinute;
        long wait = next - now - MINUTE;
        if (wait <= 0) {
            fullAt = next;
        }
        return Math.max(0, wait);
    }
}
