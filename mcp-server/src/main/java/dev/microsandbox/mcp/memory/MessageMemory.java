package dev.microsandbox.mcp.memory;

import java.time.Duration;

/**
 * The server's memory for large messages: half of its heap. One session may hold at most a quarter
 * of it, but always enough for one file of the largest size if all of it is enough. A call that
 * needs more than is free waits. Small messages are not counted and never wait.
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

    private final MemoryPool pool;
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
        this.perSession = Math.min(bytes, Math.max(bytes / 4, MIN_SHARE));
        this.largest = bytes / 4 * 7;
        this.patience = patience;
    }

    /** Creates the share of a new session. */
    public SessionMemory session() {
        // A message that needs more than a whole pool may take all of it, and most of the heap's
        // other half.
        return new SessionMemory(new MemoryPool(perSession), pool, largest, patience);
    }
}
