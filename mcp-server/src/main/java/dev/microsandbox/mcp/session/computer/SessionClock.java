package dev.microsandbox.mcp.session.computer;

import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * The two clocks of sessions: one for measuring, and one for dates that people see.
 *
 * @param monotonic the monotonic clock, in nanoseconds
 * @param wall the wall clock
 */
public record SessionClock(LongSupplier monotonic, InstantSource wall) {

    public static final SessionClock SYSTEM =
            new SessionClock(System::nanoTime, InstantSource.system());

    long nanos() {
        return monotonic.getAsLong();
    }

    public Instant now() {
        return wall.instant();
    }
}
