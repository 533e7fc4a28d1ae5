package dev.microsandbox.mcp.memory;

import dev.microsandbox.mcp.memory.MessageMemoryException.Cause;
import dev.microsandbox.mcp.units.ByteSize;
import java.time.Duration;

/** One session's share of the memory for large messages. Thread-safe. */
public final class SessionMemory {

    private final MemoryPool own;
    private final MemoryPool all;
    private final long largest;
    private final Duration patience;

    SessionMemory(MemoryPool own, MemoryPool all, long largest, Duration patience) {
        this.own = own;
        this.all = all;
        this.largest = largest;
        this.patience = patience;
    }

    /** Creates the share of a call, which is empty at first. */
    public CallMemory call() {
        return new CallMemory(this, null);
    }

    /**
     * As {@link #call()}, for a call whose request was counted.
     *
     * @param charge also counts the call's answer if that is small; closed together with the call
     */
    public CallMemory call(MessageCharge charge) {
        return new CallMemory(this, charge);
    }

    /**
     * Memory that a call holds: its bytes, and the units taken from the session's pool and from the
     * server's.
     */
    record HeldMemory(long bytes, int own, int all) {

        static final HeldMemory NOTHING = new HeldMemory(0, 0, 0);
    }

    /**
     * Waits for memory.
     *
     * @throws MessageMemoryException if no memory becomes free in time, or there will never be
     *     enough
     */
    HeldMemory take(long bytes) throws InterruptedException {
        if (bytes > largest) {
            throw new MessageMemoryException(
                    "This server has memory for messages of up to %s. Do it in parts."
                            .formatted(ByteSize.inWords(largest / MessageMemory.COPIES)),
                    Cause.MESSAGE);
        }
        long end = System.nanoTime() + patience.toNanos();
        HeldMemory wanted = new HeldMemory(bytes, own.unitsFor(bytes), all.unitsFor(bytes));
        // Take the session's units first: a call that waits for them holds nothing that other
        // sessions need.
        if (!own.take(wanted.own(), end - System.nanoTime())) {
            throw new MessageMemoryException(
                    "Other large messages of this session are still under way. Try again later, or with less at a time.",
                    Cause.SERVER);
        }
        boolean taken = false;
        try {
            taken = all.take(wanted.all(), end - System.nanoTime());
        } finally {
            if (!taken) {
                own.release(wanted.own());
            }
        }
        if (!taken) {
            throw new MessageMemoryException(
                    "Large messages of other sessions take all of the server's memory for them. Try again later, or with less at a time.",
                    Cause.SERVER);
        }
        return wanted;
    }

    void release(HeldMemory taken) {
        own.release(taken.own());
        all.release(taken.all());
    }

    /** Releases the memory beyond that many bytes, and returns what is still held. */
    HeldMemory reduce(HeldMemory taken, long bytes) {
        HeldMemory kept =
                new HeldMemory(
                        Math.min(taken.bytes(), bytes),
                        Math.min(taken.own(), own.unitsFor(bytes)),
                        Math.min(taken.all(), all.unitsFor(bytes)));
        own.release(taken.own() - kept.own());
        all.release(taken.all() - kept.all());
        return kept;
    }
}
