package dev.microsandbox.mcp.session.computer;

import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * The two times of sessions: one to measure with, and one to tell people.
 *
 * @param monotonic in nanoseconds
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
