package dev.microsandbox.mcp.session.computer;

import java.time.Duration;

/**
 * Counts the running calls of a computer, and measures how long there has been none. Thread-safe.
 */
final class CallCount {

    private final SessionClock clock;
    private int calls;
    private long idleSince;

    CallCount(SessionClock clock) {
        this.clock = clock;
        idleSince = clock.nanos();
    }

    synchronized void begin() {
        calls++;
    }

    synchronized void end() {
        calls--;
        idleSince = clock.nanos();
    }

    /** Restarts the idle time. */
    synchronized void restartIdleTime() {
        idleSince = clock.nanos();
    }

    synchronized boolean isIdleFor(Duration time) {
        return calls == 0 && clock.nanos() - idleSince >= time.toNanos();
    }
}
