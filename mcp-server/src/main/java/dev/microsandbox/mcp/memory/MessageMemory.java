package dev.microsandbox.mcp.memory;

import java.time.Duration;

/**
 * The server's memory for large messages: half of its heap, of which a session has a quarter at the
 * most. Who needs more than is free waits. Small messages are not counted and never wait.
 *
 * <p>Thread-safe.
 */
public final class MessageMemory {

    /** Messages of up to this many bytes are small. */
    public static final int SMALL = 1 << 20;

    /**
     * How many times its bytes a message takes while it is read or made: bytes, base64, text, and
     * JSON in pieces and in one.
     */
    static final int COPIES = 6;

    /** A session's share has room for 64 MiB as base64. */
    private static final long LEAST_SHARE = COPIES * (86L << 20);

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Pool pool;
    private final long perSession;
    private final long largest;
    private final Duration patience;

    /** That of this process's heap. */
    public MessageMemory() {
        this(Runtime.getRuntime().maxMemory() / 2, PATIENCE);
    }

    /**
     * @param bytes for all sessions
     * @param patience how long to wait for it
     */
    MessageMemory(long bytes, Duration patience) {
        this.pool = new Pool(bytes);
        this.perSession = Math.min(bytes, Math.max(bytes / 4, LEAST_SHARE));
        this.largest = bytes / 4 * 7;
        this.patience = patience;
    }

    /** A new session's share. */
    public SessionMemory session() {
        // What needs more than its pool may have all of it, and of the heap's other half most.
        return new SessionMemory(new Pool(perSession), pool, largest, patience);
    }
}
