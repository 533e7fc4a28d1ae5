package dev.microsandbox.mcp.server;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Gives memory of the heap back to the host after a load. The heap grows for a load at once, but
 * the collector looks for what is free only when the heap is full, and that may never be. So when
 * the heap has grown and has then stopped growing, it is collected once; the JVM's options have it
 * shrink then. A collection stops the process for some 50 ms.
 */
public final class HeapReturn {

    private static final Duration PERIOD = Duration.ofSeconds(10);

    /** How many periods the heap must not have grown in. */
    private static final int QUIET_PERIODS = 3;

    /** How much the heap must have grown in bytes for a collection to be worth it. */
    static final long WORTH = 64L << 20;

    private final LongSupplier committed;
    private final Runnable collect;

    /** The heap's least size since the last collection here. */
    private long least;

    private long before;
    private int quiet;

    /**
     * @param committed the size of the heap in bytes, with what is free in it
     * @param collect frees what is not used, and shrinks the heap
     */
    HeapReturn(LongSupplier committed, Runnable collect) {
        this.committed = committed;
        this.collect = collect;
        least = committed.getAsLong();
        before = least;
    }

    /** Watches this process's heap for as long as the process lives. */
    public static void start() {
        HeapReturn heap = new HeapReturn(Runtime.getRuntime()::totalMemory, System::gc);
        Periodic.start("heap", PERIOD, heap::check);
    }

    /** Looks at the heap once in a period. */
    void check() {
        long now = committed.getAsLong();
        quiet = now > before ? 0 : quiet + 1;
        least = Math.min(least, now);
        if (quiet >= QUIET_PERIODS && now - least >= WORTH) {
            collect.run();
            now = committed.getAsLong();
            least = now;
            quiet = 0;
        }
        before = now;
    }
}
