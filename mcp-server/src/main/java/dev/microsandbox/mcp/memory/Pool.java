package dev.microsandbox.mcp.memory;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Bytes, in units of a KiB, that are given out in the order in which they are asked for. */
final class Pool {

    private static final int UNIT = 1024;

    private final int capacity;
    private final Semaphore free;

    Pool(long bytes) {
        capacity = units(bytes);
        free = new Semaphore(capacity, true);
    }

    private static int units(long bytes) {
        return (int) Math.min(Integer.MAX_VALUE, (bytes + UNIT - 1) / UNIT);
    }

    /** For that many bytes; more than there are at all is all of it. */
    int unitsFor(long bytes) {
        return Math.min(capacity, units(bytes));
    }

    /** Waits for units; false if there were none in time. */
    boolean take(int units, long nanos) throws InterruptedException {
        return free.tryAcquire(units, nanos, TimeUnit.NANOSECONDS);
    }

    void giveBack(int units) {
        free.release(units);
    }
}
