package dev.microsandbox.mcp.memory;

import dev.microsandbox.mcp.memory.MessageMemoryException.Cause;
import dev.microsandbox.mcp.units.ByteSize;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One session's share of the memory for large messages. Thread-safe. */
public final class SessionMemory {

    private final MemoryPool own;
    private final FairShares shares;
    private final @Nullable Owner owner;
    private final MemoryPool all;
    private final long largest;
    private final Duration patience;

    /**
     * @param shares what keys and namespaces may take of all memory
     * @param owner whom the session belongs to; null if there is only one
     */
    SessionMemory(
            MemoryPool own,
            FairShares shares,
            @Nullable Owner owner,
            MemoryPool all,
            long largest,
            Duration patience) {
        this.own = own;
        this.shares = shares;
        this.owner = owner;
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
     * Memory that a call holds: its bytes, the units taken from the session's pool and from the
     * server's, and the bytes that its owner's share counts.
     */
    record HeldMemory(long bytes, int own, int all, long share) {

        static final HeldMemory NOTHING = new HeldMemory(0, 0, 0, 0);
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
        HeldMemory wanted =
                new HeldMemory(bytes, own.unitsFor(bytes), all.unitsFor(bytes), shareFor(bytes));
        // Take the session's units first: a call that waits for them holds nothing that other
        // sessions need.
        if (!own.take(wanted.own(), end - System.nanoTime())) {
            throw new MessageMemoryException(
                    "Other large messages of this session are still under way. Try again later, or with less at a time.",
                    Cause.SERVER);
        }
        boolean shared = false;
        boolean taken = false;
        try {
            shared = takeShare(wanted.share(), end - System.nanoTime());
            taken = shared && all.take(wanted.all(), end - System.nanoTime());
        } finally {
            if (!taken) {
                own.release(wanted.own());
                if (shared) {
                    releaseShare(wanted.share());
                }
            }
        }
        if (!shared) {
            throw new MessageMemoryException(
                    "Large messages of this API key, or of its namespace, take its share of the server's memory for them. Try again later, or with less at a time.",
                    Cause.CALLER);
        }
        if (!taken) {
            throw new MessageMemoryException(
                    "Large messages of other sessions take all of the server's memory for them. Try again later, or with less at a time.",
                    Cause.SERVER);
        }
        return wanted;
    }

    /** The largest messages count only as much as one owner may have. */
    private long shareFor(long bytes) {
        return Math.min(bytes, shares.most());
    }

    private boolean takeShare(long bytes, long nanos) throws InterruptedException {
        return owner == null || shares.exchange(owner, 0, bytes, nanos) == FairShares.Verdict.TAKEN;
    }

    private void releaseShare(long bytes) {
        if (owner != null) {
            shares.release(owner, bytes);
        }
    }

    void release(HeldMemory taken) {
        releaseShare(taken.share());
        own.release(taken.own());
        all.release(taken.all());
    }

    /** Releases the memory beyond that many bytes, and returns what is still held. */
    HeldMemory reduce(HeldMemory taken, long bytes) {
        HeldMemory kept =
                new HeldMemory(
                        Math.min(taken.bytes(), bytes),
                        Math.min(taken.own(), own.unitsFor(bytes)),
                        Math.min(taken.all(), all.unitsFor(bytes)),
                        Math.min(taken.share(), shareFor(bytes)));
        releaseShare(taken.share() - kept.share());
        own.release(taken.own() - kept.own());
        all.release(taken.all() - kept.all());
        return kept;
    }
}
