package dev.microsandbox.mcp.transport;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * Token buckets, one for each name. A bucket refills at a fixed number of permits per minute and
 * holds one minute's worth, so a name may use them all at once after a pause. Names whose bucket is
 * full again are forgotten, so the table holds only the names of the last minute. Thread-safe.
 */
public final class RateLimit {

    private static final long MINUTE_NANOS = 60_000_000_000L;

    private final int perMinute;
    private final LongSupplier nanoTime;
    private final ReentrantLock lock = new ReentrantLock();

    /** Guarded by {@link #lock}: when a name's bucket will be full again. */
    private final Map<String, Long> fullAt = new HashMap<>();

    /** Guarded by {@link #lock}. */
    private long tidied;

    public RateLimit(int perMinute) {
        this(perMinute, System::nanoTime);
    }

    RateLimit(int perMinute, LongSupplier nanoTime) {
        this.perMinute = perMinute;
        this.nanoTime = nanoTime;
        this.tidied = nanoTime.getAsLong();
    }

    /** Takes a permit. Returns false if the name has used up its permits. */
    public boolean tryAcquire(String name) {
        lock.lock();
        try {
            long now = nanoTime.getAsLong();
            if (now - tidied > MINUTE_NANOS) {
                fullAt.values().removeIf(full -> full - now <= 0);
                tidied = now;
            }
            long full = fullAt.getOrDefault(name, now);
            long begin = full - now < 0 ? now : full;
            long next = begin + MINUTE_NANOS / perMinute;
            if (next - now > MINUTE_NANOS) {
                return false;
            }
            fullAt.put(name, next);
            return true;
        } finally {
            lock.unlock();
        }
    }
}
