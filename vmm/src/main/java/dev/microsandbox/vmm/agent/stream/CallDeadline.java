package dev.microsandbox.vmm.agent.stream;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The moment at which the host ends a call that its agent does not end. Not thread-safe.
 *
 * <p>An agent cannot end a call whose output nobody takes. After each long wait for whoever takes
 * it, the agent has a while again, which it cannot bring about itself.
 */
public final class CallDeadline {

    /** Why a call that is overdue was ended, in words for users. */
    public static final String OVERDUE =
            "The sandbox's agent did not end this call in time; the call was cancelled.";

    private static final long LONG_WAIT = Duration.ofSeconds(1).toNanos();
    private static final long AFTER_LONG_WAIT = Duration.ofSeconds(60).toNanos();

    private final CallClock clock;
    private final boolean renewed;

    /** How long the call may last; null if it has no end. */
    private final @Nullable Duration most;

    private long deadline;

    public CallDeadline(CallClock clock, CallLimit limit) {
        this.clock = clock;
        this.renewed = limit.renewed();
        this.most = limit.time();
        begin();
    }

    /** The time that is left, in nanoseconds; 0 or less once the call is overdue. */
    public long left() {
        return most == null ? Long.MAX_VALUE : deadline - clock.nanos();
    }

    /** Notes that bytes were taken, or that the agent accepted some. */
    public void moved() {
        if (renewed) {
            begin();
        }
    }

    /** Notes that whoever takes the call's output took this many nanoseconds for a part of it. */
    public void taken(long nanos) {
        if (nanos >= LONG_WAIT && most != null) {
            deadline += Math.max(0, AFTER_LONG_WAIT - left());
        }
    }

    private void begin() {
        if (most != null) {
            deadline = clock.nanos() + most.toNanos();
        }
    }
}
