package dev.microsandbox.mcp.memory;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * A pool of memory in units of 1 KiB. It serves requests in their order of arrival. Thread-safe.
 */
final class MemoryPool {

    private static final int UNIT = 1024;

    private final int capacity;
    private final Semaphore free;

    MemoryPool(long bytes) {
        capacity = units(bytes);
        free = new Semaphore(capacity, true);
    }

    private static int units(long bytes) {
        return (int) Math.min(Integer.MAX_VALUE, (bytes + UNIT - 1) / UNIT);
    }

    /** The number of units for that many bytes, at most the whole pool. */
    int unitsFor(long bytes) {
        return Math.min(capacity, units(bytes));
    }

    /** Waits for units. Returns false if they did not become free in time. */
    boolean take(int units, long nanos) throws InterruptedException {
        return free.tryAcquire(units, nanos, TimeUnit.NANOSECONDS);
    }

    void release(int units) {
        free.release(units);
    }
}
