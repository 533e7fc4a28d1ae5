package dev.microsandbox.mcp.transport.connection;

import java.time.Duration;

/**
 * How long a peer that should be moving bytes may keep the server waiting. Waiting uses up its
 * credit, and each byte earns some. The credit is never more than at the beginning: whoever was
 * fast may not stop for long either. Belongs to one thread.
 */
final class Pace {

    private static final long SECOND_NANOS = 1_000_000_000L;

    private final long patience;
    private final long nanosPerByte;
    private long credit;

    Pace(Duration patience, int bytesPerSecond) {
        this.patience = patience.toNanos();
        this.nanosPerByte = SECOND_NANOS / bytesPerSecond;
        restart();
    }

    void restart() {
        credit = patience;
    }

    /** How long the next bytes may take, in nanoseconds. */
    long credit() {
        return credit;
    }

    /** Counts bytes, and how long the server waited for them. */
    void moved(long bytes, long waited) {
        credit = Math.min(patience, credit - waited + bytes * nanosPerByte);
    }
}
