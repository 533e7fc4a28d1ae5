package dev.microsandbox.mcp.session;

import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * The two times of sessions: one to measure with, and one to tell people.
 *
 * @param monotonic in nanoseconds
 */
record SessionClock(LongSupplier monotonic, InstantSource wall) {

    static final SessionClock SYSTEM = new SessionClock(System::nanoTime, InstantSource.system());

    long nanos() {
        return monotonic.getAsLong();
    }

    Instant now() {
        return wall.instant();
    }
}
