package dev.microsandbox.mcp.transport.connection;

import dev.microsandbox.mcp.memory.Owner;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ServerConnectionException;
import java.io.UncheckedIOException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a client: what is expected of the client now, and until when. Its own thread uses
 * it, except where a method says otherwise.
 */
public final class Connection {

    private static final ScopedValue<Connection> CURRENT = ScopedValue.newInstance();

    /** A header of many tiny segments would take fifty times its size. */
    private static final int MAX_HEADER_SEGMENTS = 2000;

    /** How much of a refused body is read, and for how long, so that its sender gets the answer. */
    private static final long MAX_DRAINED = 16 << 20;

    private static final long DRAIN_NANOS = 1_000_000_000L;

    private static final long NEVER = 0;

    /** How long the thread works at a stretch; then it pauses. */
    private static final long TURN_NANOS = 200_000;

    /** Reading takes less if it need not wait for the client. */
    private static final long WAIT_NANOS = 50_000;

    private enum Phase {
        /** Between requests. */
        IDLE,
        HEADER,
        /** A request's body is read, or it is being answered. */
        REQUEST
    }

    private final HelidonSocket socket;
    private final Connections all;
    private final ConnectionLimits limits;
    private final String peer;
    private final Pace bodyPace;
    private final Pace answerPace;

    private final long begin;

    private Phase phase = Phase.HEADER;
    private long phaseEnd;
    private int headerSegments;
    private boolean inputEnded;
    private long turnBegin;

    /** Whether a request has been answered: a client with one request must not pause. */
    private boolean served;

    /** Who handles the connection; any thread reads it. */
    private volatile @Nullable Thread thread;

    /** The bytes of the request's body that have not arrived; null if the client did not say. */
    private @Nullable Long missing;

    private @Nullable LongConsumer chunks;

    /** Guarded by {@link #all}: whom it is counted to; null for a stranger. */
    @Nullable Owner owner;

    /** When the client's time for what the thread waits for ends; any thread reads it. */
    private volatile long deadline = NEVER;

    private volatile boolean dropped;

    Connection(HelidonSocket socket, String peer, Connections all) {
        this.socket = socket;
        this.peer = peer;
        this.all = all;
        this.limits = all.limits();
        this.bodyPace = new Pace(limits.bodyPatience(), limits.bytesPerSecond());
        this.answerPace = new Pace(limits.answerPatience(), limits.bytesPerSecond());
        this.begin = all.now();
        this.turnBegin = begin;
        this.phaseEnd = begin + limits.header().toNanos();
    }

    /** When the connection was accepted. */
    long begin() {
        return begin;
    }

    /** The connection whose request the current thread handles. */
    public static Connection current() {
        return CURRENT.get();
    }

    /**
     * Counts the connection to a caller whose request was admitted, from now on.
     *
     * @return false if the caller has its share of connections already
     */
    public boolean countTo(Owner caller) {
        return all.count(this, caller);
    }

    /** Whom the connection is counted to. */
    public Owner owner() {
        return all.ownerOf(this);
    }

    /**
     * Has something told the size of each chunk of the current request's body before it is read. It
     * may throw an exception instead.
     */
    public void beforeChunks(LongConsumer action) {
        chunks = action;
    }

    String peer() {
        return peer;
    }

    /** Runs the connection's work with it as {@link #current}. */
    void during(ScopedValue.CallableOp<Void, InterruptedException> work)
            throws InterruptedException {
        thread = Thread.currentThread();
        ScopedValue.where(CURRENT, this).call(work);
    }

    /** A request's header has been read. */
    void beginRequest(@Nullable Long newMissing) {
        phase = Phase.REQUEST;
        missing = newMissing;
        chunks = null;
        bodyPace.restart();
        answerPace.restart();
    }

    /**
     * A request has been read and answered completely.
     *
     * @param buffered whether some of the next request is there already
     */
    void endRequest(boolean buffered) {
        missing = null;
        chunks = null;
        served = true;
        headerSegments = 0;
        phase = buffered ? Phase.HEADER : Phase.IDLE;
        phaseEnd = all.now() + (buffered ? limits.header() : limits.idle()).toNanos();
    }

    boolean isInRequest() {
        return phase == Phase.REQUEST;
    }

    /** Allows or refuses a part of the request's body before it is read, if that is a chunk. */
    void beginPart(long size) {
        if (missing != null) {
            return;
        }
        if (chunks == null) {
            throw new CloseConnectionException("nobody reads this body");
        }
        chunks.accept(size);
    }

    /** Waits for bytes from the client; null at the end. */
    byte @Nullable [] read() {
        long begin = all.now();
        byte[] bytes = waitUntil(phase == Phase.REQUEST ? begin + bodyPace.credit() : phaseEnd);
        if (bytes == null) {
            if (phase == Phase.REQUEST) {
                throw new CloseConnectionException("the client left before the end of the body");
            }
            return null;
        }
        if (served && phase != Phase.REQUEST) {
            giveWay();
        }
        switch (phase) {
            case IDLE -> {
                phase = Phase.HEADER;
                phaseEnd = all.now() + limits.header().toNanos();
            }
            case HEADER -> {
                headerSegments++;
                if (headerSegments > MAX_HEADER_SEGMENTS) {
                    throw new CloseConnectionException("the header comes in too many pieces");
                }
            }
            case REQUEST -> {
                bodyPace.moved(bytes.length, all.now() - begin);
                if (missing != null) {
                    missing -= bytes.length;
                }
            }
        }
        return bytes;
    }

    private byte @Nullable [] waitUntil(long end) {
        long waiting = all.now();
        deadline = end;
        try {
            byte[] bytes = socket.get();
            inputEnded = bytes == null;
            return bytes;
        } catch (UncheckedIOException e) {
            inputEnded = true;
            throw new ServerConnectionException("the client's data cannot be read", e);
        } finally {
            deadline = NEVER;
            long now = all.now();
            if (now - waiting > WAIT_NANOS) {
                turnBegin = now;
            }
        }
    }

    /** Writes bytes, for which the client has a limited time. */
    void write(int size, Runnable writing) {
        long begin = all.now();
        deadline = begin + answerPace.credit();
        try {
            writing.run();
        } finally {
            deadline = NEVER;
        }
        answerPace.moved(size, all.now() - begin);
        if (served && owner == null) {
            // Many small requests of a stranger may have come at once.
            giveWay();
        }
    }

    /**
     * Pauses if this connection has worked for a while without waiting. A virtual thread keeps its
     * processor until it waits for something, and it never waits for a client that sends requests
     * without a pause: a few such clients would have all processors for good.
     */
    private void giveWay() {
        long worked = all.now() - turnBegin;
        if (worked > TURN_NANOS) {
            all.pause(worked);
            turnBegin = all.now();
        }
    }

    /**
     * Reads what is left of a refused body, within limits. If the socket were closed with unread
     * data, the client could lose the answer (RFC 9112 section 9.6).
     */
    void drain() {
        long end = all.now() + DRAIN_NANOS;
        long drained = 0;
        while (!inputEnded
                && !dropped
                && drained < MAX_DRAINED
                && all.now() < end
                && isMoreExpected()) {
            byte[] bytes;
            try {
                bytes = waitUntil(end);
            } catch (ServerConnectionException e) {
                return;
            }
            if (bytes == null) {
                return;
            }
            giveWay();
            drained += bytes.length;
            if (missing != null) {
                missing -= bytes.length;
            }
        }
    }

    private boolean isMoreExpected() {
        return missing == null || missing > 0;
    }

    /** Closes the connection if the client's time is over. Any thread may call it. */
    void dropIfLate(long now) {
        long end = deadline;
        if (end != NEVER && now - end > 0) {
            drop();
        }
    }

    /** Closes the connection at once, whatever its thread is doing. Any thread may call it. */
    void drop() {
        dropped = true;
        try {
            socket.close();
        } catch (UncheckedIOException e) {
            // The client has closed it already.
        }
        // It may be pausing. Without a thread, nothing happens.
        LockSupport.unpark(thread);
    }
}
