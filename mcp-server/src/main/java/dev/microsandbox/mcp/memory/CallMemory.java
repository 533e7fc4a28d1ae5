package dev.microsandbox.mcp.memory;

import dev.microsandbox.mcp.memory.SessionMemory.Taken;
import org.jspecify.annotations.Nullable;

/**
 * What a call has of the memory for large messages: from before its request is read, or before it
 * makes a large answer, until that has gone out.
 *
 * <p>Thread-safe: it is closed by the connection's thread, which may give up before the call does.
 */
public final class CallMemory implements AutoCloseable {

    private static final ScopedValue<CallMemory> CURRENT = ScopedValue.newInstance();

    private static final int PARSED_COPIES = 3;

    private final SessionMemory session;

    /** Guarded by this. */
    private @Nullable Taken taken = Taken.NOTHING;

    CallMemory(SessionMemory session) {
        this.session = session;
    }

    /** Does a call's work, which finds this by {@link #reserve} and {@link #made}. */
    public void during(Runnable work) {
        ScopedValue.where(CURRENT, this).run(work);
    }

    /**
     * Waits until there is room for a message of the current call; before its bytes are in memory.
     *
     * @param bytes of its content
     * @throws MemoryTakenException if there is none in time
     * @throws InterruptedException also if nobody waits for the call's answer any more
     */
    public static void reserve(long bytes) throws InterruptedException {
        if (CURRENT.isBound()) {
            CURRENT.get().take(bytes);
        }
    }

    /** The current call's answer is made: of all its memory only that of its bytes is needed. */
    public static void made(long bytes) {
        if (CURRENT.isBound()) {
            CURRENT.get().keep(bytes);
        }
    }

    /** As {@link #reserve}, for this call. */
    public void take(long bytes) throws InterruptedException {
        if (bytes <= MessageMemory.SMALL) {
            return;
        }
        // Given back first: who waits for more must not keep others from finishing.
        long before = Math.max(0, exchange(Taken.NOTHING));
        Taken more = session.take(before + bytes * MessageMemory.COPIES);
        if (exchange(more) < 0) {
            session.giveBack(more);
            throw new InterruptedException("nobody waits for this call's answer");
        }
    }

    /**
     * Gives back what it has and has something else from then on.
     *
     * @return how many bytes it had; negative if it is closed
     */
    private synchronized long exchange(@Nullable Taken next) {
        if (taken == null) {
            return -1;
        }
        long before = taken.bytes();
        session.giveBack(taken);
        taken = next;
        return before;
    }

    /** The request is parsed: what it takes from now on is its text, and what that stands for. */
    public void parsed(long bytes) {
        keep(bytes * PARSED_COPIES);
    }

    private synchronized void keep(long bytes) {
        if (taken != null) {
            taken = session.reduce(taken, bytes);
        }
    }

    @Override
    public void close() {
        exchange(null);
    }
}
