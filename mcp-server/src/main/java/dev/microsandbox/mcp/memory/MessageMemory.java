package dev.microsandbox.mcp.memory;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The server's memory for messages.
 *
 * <p>Half of the heap is for large ones. One session may hold at most a quarter of that, but always
 * enough for one file of the largest size if all of it is enough. Keys and namespaces have
 * {@linkplain FairShares shares} of it too. A call that needs more than is free waits.
 *
 * <p>A quarter of the heap is for small ones, so that they need not wait for large ones. Keys and
 * namespaces have {@linkplain FairShares shares} of it, beyond which they are refused.
 *
 * <p>Thread-safe.
 */
public final class MessageMemory {

    /** Messages of up to this many bytes are small. */
    public static final int SMALL = 1 << 20;

    /**
     * How many times its size a message occupies while it is read or produced: bytes, base64, text,
     * and JSON in pieces and in one.
     */
    static final int COPIES = 6;

    /** The minimum share of a session, in bytes: room for 64 MiB as base64. */
    private static final long MIN_SHARE = COPIES * (86L << 20);

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** How long a small message waits to be parsed, or its answer to be produced. */
    private static final Duration SHORT_PATIENCE = Duration.ofSeconds(5);

    private final MemoryPool pool;
    private final FairShares large;
    private final FairShares small;
    private final long perSession;
    private final long largest;
    private final Duration patience;

    /** Creates the memory for this process's heap. */
    public MessageMemory() {
        this(Runtime.getRuntime().maxMemory() / 2, PATIENCE);
    }

    /**
     * @param bytes the memory of all sessions together, in bytes
     * @param patience how long a call waits for memory
     */
    MessageMemory(long bytes, Duration patience) {
        this.pool = new MemoryPool(bytes);
        this.large = new FairShares(bytes);
        this.small = new FairShares(bytes / 2);
        this.perSession = Math.min(bytes, Math.max(bytes / 4, MIN_SHARE));
        this.largest = bytes / 4 * 7;
        this.patience = patience;
    }

    /**
     * Begins to count a request. Call it before the request's body is read.
     *
     * @throws MessageMemoryException if the key, its namespace or the server has no memory for it
     */
    public MessageCharge charge(Owner owner) {
        return new MessageCharge(small, owner, SHORT_PATIENCE);
    }

    /** Creates the share of a new session where all sessions are of one user. */
    public SessionMemory session() {
        return session(null);
    }

    /** Creates the share of a new session of an owner, who may hold as much as is left free. */
    public SessionMemory session(@Nullable Owner owner) {
        // A message that needs more than a whole pool may take all of it, and most of the heap's
        // other half.
        return new SessionMemory(new MemoryPool(perSession), large, owner, pool, largest, patience);
    }
}
