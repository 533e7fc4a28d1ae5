package dev.microsandbox.mcp.memory;

import dev.microsandbox.mcp.memory.FairShares.Verdict;
import dev.microsandbox.mcp.memory.MessageMemoryException.Cause;
import dev.microsandbox.mcp.units.ByteSize;
import java.time.Duration;

/**
 * What a request of up to {@link MessageMemory#SMALL} bytes occupies, from before its body is read
 * until its answer has been sent. It is counted to its key and namespace. A larger request has one
 * too, for its beginning.
 *
 * <p>Thread-safe.
 */
public final class MessageCharge implements AutoCloseable {

    /** What a request occupies beside its message: threads, buffers, the SDK's objects. */
    private static final long BASE = 64 << 10;

    private final FairShares shares;
    private final Owner owner;
    private final Duration patience;

    /** Guarded by this. Negative when closed. */
    private long held;

    MessageCharge(FairShares shares, Owner owner, Duration patience) {
        this.shares = shares;
        this.owner = owner;
        this.patience = patience;
        grow(BASE);
    }

    /**
     * Takes memory for bytes that are about to be read.
     *
     * @throws MessageMemoryException if the key, its namespace or the server has no more
     */
    public synchronized void grow(long bytes) {
        check(shares.tryTake(owner, bytes));
        held += bytes;
    }

    /**
     * Takes memory for parsing a message that has been read. Waits while other messages take it.
     *
     * @throws MessageMemoryException if no memory becomes free in time
     */
    public void parse(byte[] text) throws InterruptedException {
        exchange(BASE + text.length * (long) MessageMemory.COPIES + JsonWeight.of(text));
    }

    /** Reports that the message has been parsed. Its text and its values stay. */
    public synchronized void parsed(byte[] text) {
        keep(BASE + text.length * (long) CallMemory.PARSED_COPIES + JsonWeight.of(text));
    }

    /**
     * Takes memory for an answer of that size that is about to be produced. Waits while other
     * messages take it.
     *
     * @throws MessageMemoryException if no memory becomes free in time
     */
    void answer(long bytes) throws InterruptedException {
        exchange(BASE + bytes * MessageMemory.COPIES);
    }

    /** Reports that the answer is complete: from now on only its bytes are held. */
    synchronized void answered(long bytes) {
        keep(BASE + bytes);
    }

    /** Changes what is held to what is occupied, without asking whether there is room for it. */
    private void keep(long bytes) {
        if (held >= 0) {
            shares.count(owner, bytes - held);
            held = bytes;
        }
    }

    private void exchange(long wanted) throws InterruptedException {
        if (wanted > shares.most()) {
            throw refused(
                    "This message would take %s when parsed, more than the server has for one. Send fewer values in it."
                            .formatted(ByteSize.inWords(wanted)),
                    Cause.MESSAGE);
        }
        long before;
        synchronized (this) {
            if (held < 0) {
                throw new InterruptedException("nobody waits for this call's answer");
            }
            before = held;
            held = 0;
        }
        check(shares.exchange(owner, before, wanted, patience.toNanos()));
        synchronized (this) {
            if (held < 0) {
                shares.release(owner, wanted);
                throw new InterruptedException("nobody waits for this call's answer");
            }
            held = wanted;
        }
    }

    private void check(Verdict verdict) {
        switch (verdict) {
            case TAKEN -> {
                // There was room.
            }
            case KEY_HAS_ITS_SHARE ->
                    throw refused(
                            "Requests of this API key hold %s of the server's memory for messages, which is its share. Wait for their answers, and send less at a time."
                                    .formatted(ByteSize.inWords(shares.heldBy(owner))),
                            Cause.CALLER);
            case NAMESPACE_HAS_ITS_SHARE ->
                    throw refused(
                            "Requests of the namespace '%s' hold its share of the server's memory for messages. Wait for their answers, and send less at a time."
                                    .formatted(owner.namespace()),
                            Cause.CALLER);
            case ALL_IS_TAKEN ->
                    throw refused(
                            "Requests of all clients take the server's memory for messages. Try again later.",
                            Cause.SERVER);
        }
    }

    private static MessageMemoryException refused(String message, Cause cause) {
        return new MessageMemoryException(message, cause);
    }

    @Override
    public synchronized void close() {
        if (held >= 0) {
            shares.release(owner, held);
            held = -1;
        }
    }
}
