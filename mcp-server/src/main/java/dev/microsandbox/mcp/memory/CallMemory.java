package dev.microsandbox.mcp.memory;

import dev.microsandbox.mcp.memory.SessionMemory.HeldMemory;
import org.jspecify.annotations.Nullable;

/**
 * The share of one call in the memory for large messages. The call holds it from before its request
 * is read, or before it produces a large answer, until the answer has been sent.
 *
 * <p>Thread-safe: the connection's thread closes it, and that thread may give up before the call
 * ends.
 */
public final class CallMemory implements AutoCloseable {

    private static final ScopedValue<CallMemory> CURRENT = ScopedValue.newInstance();

    static final int PARSED_COPIES = 3;

    private final SessionMemory session;
    private final @Nullable MessageCharge charge;

    /** Guarded by this. Null when closed. */
    private @Nullable HeldMemory taken = HeldMemory.NOTHING;

    CallMemory(SessionMemory session, @Nullable MessageCharge charge) {
        this.session = session;
        this.charge = charge;
    }

    /**
     * Runs a call's work. During it, {@link #reserve} and {@link #answerComplete} act on this
     * object.
     */
    public void during(Runnable work) {
        ScopedValue.where(CURRENT, this).run(work);
    }

    /**
     * Waits until there is memory for a message of the current call. Call it before the message's
     * bytes are in memory.
     *
     * @param bytes the size of the message's content
     * @throws MessageMemoryException if no memory becomes free in time
     * @throws InterruptedException also if nobody waits for the call's answer any more
     */
    public static void reserve(long bytes) throws InterruptedException {
        if (CURRENT.isBound()) {
            CURRENT.get().take(bytes);
        }
    }

    /**
     * Reports that the current call's answer is complete. Releases all its memory except that of
     * the answer's bytes.
     */
    public static void answerComplete(long bytes) {
        if (CURRENT.isBound()) {
            CURRENT.get().answered(bytes);
        }
    }

    private void answered(long bytes) {
        keep(bytes);
        if (charge != null) {
            charge.answered(bytes <= MessageMemory.SMALL ? bytes : 0);
        }
    }

    /** As {@link #reserve}, for this call. */
    public void take(long bytes) throws InterruptedException {
        if (bytes <= MessageMemory.SMALL) {
            if (charge != null) {
                charge.answer(bytes);
            }
            return;
        }
        // Release first: a call that waits for more memory must not keep others from finishing.
        long before = Math.max(0, exchange(HeldMemory.NOTHING));
        HeldMemory more = session.take(before + bytes * MessageMemory.COPIES);
        if (exchange(more) < 0) {
            session.release(more);
            throw new InterruptedException("nobody waits for this call's answer");
        }
    }

    /**
     * Releases the current memory and holds {@code next} instead.
     *
     * @return how many bytes were held; negative if this is closed
     */
    private synchronized long exchange(@Nullable HeldMemory next) {
        if (taken == null) {
            return -1;
        }
        long before = taken.bytes();
        session.release(taken);
        taken = next;
        return before;
    }

    /**
     * Reports that the request has been parsed. From now on it occupies only its text and the
     * parsed values.
     */
    public void parsed(long bytes) {
        keep(bytes * PARSED_COPIES);
    }

    /** As {@link #parsed(long)}, for a request that may have many small values. */
    public void parsed(byte[] text) {
        keep(text.length * (long) PARSED_COPIES + JsonWeight.of(text));
    }

    /**
     * Takes memory for the values of a request that has been read, beyond that for its characters.
     *
     * @throws MessageMemoryException if no memory becomes free in time, or there will never be
     *     enough
     */
    public void parse(byte[] text) throws InterruptedException {
        long more = JsonWeight.of(text) / MessageMemory.COPIES;
        if (more > MessageMemory.SMALL) {
            take(more);
        }
    }

    private synchronized void keep(long bytes) {
        if (taken != null) {
            taken = session.reduce(taken, bytes);
        }
    }

    @Override
    public void close() {
        exchange(null);
        if (charge != null) {
            charge.close();
        }
    }
}
