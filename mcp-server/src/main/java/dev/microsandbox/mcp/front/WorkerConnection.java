package dev.microsandbox.mcp.front;

import dev.microsandbox.mcp.front.WorkerException.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a worker, what was read ahead from it, and until when it must move. One thread
 * uses it at a time; any thread may {@link #close} it.
 */
final class WorkerConnection implements AutoCloseable {

    /** What a connection holds while nothing comes: there may be thousands that wait for hours. */
    private static final int WAITING_BYTES = 1 << 10;

    private static final int FLOWING_BYTES = 16 << 10;

    /** CR LF CR LF. */
    private static final int END_OF_HEAD = 4;

    private static final long NEVER = 0;

    private final Worker worker;
    private final WorkerChannel channel;
    private final ConnectionPool pool;

    /** What was read and not used yet. */
    private ByteBuffer input = ByteBuffer.allocate(WAITING_BYTES).flip();

    private boolean wasFull;

    /** How long each read may take; null if all of them end at {@link #end}. */
    private @Nullable Duration each;

    private long end;

    /** When what the thread waits for must have happened; any thread reads it. */
    private volatile long deadline = NEVER;

    private volatile boolean late;
    private volatile boolean closed;

    /** Guarded by the pool's lock: since when it is idle. */
    long idleSince;

    WorkerConnection(Worker worker, WorkerChannel channel, ConnectionPool pool) {
        this.worker = worker;
        this.channel = channel;
        this.pool = pool;
    }

    Worker worker() {
        return worker;
    }

    /** Gives all reads from now on a common time. */
    void within(Duration time) {
        each = null;
        end = pool.now() + time.toNanos();
    }

    /** Gives each read from now on a time of its own. */
    void eachWithin(Duration time) {
        each = time;
    }

    /**
     * Writes all bytes.
     *
     * @param patience how long the worker may take no byte
     */
    void write(ByteBuffer bytes, Duration patience) throws WorkerException {
        int begin = bytes.position();
        try {
            while (bytes.hasRemaining()) {
                deadline = pool.now() + patience.toNanos();
                int _ = channel.write(bytes);
            }
        } catch (IOException e) {
            Kind kind = bytes.position() == begin ? Kind.UNREACHED : Kind.ENDED;
            throw failed(kind, e);
        } finally {
            deadline = NEVER;
        }
    }

    /**
     * Reads the head of an answer, up to its empty line.
     *
     * @throws WorkerException if it is too long, or has a line that ends differently
     */
    byte[] readHead(FrontTimes times) throws WorkerException {
        within(times.answer());
        if (!fill()) {
            throw new WorkerException(Kind.ENDED, "the connection ended before an answer");
        }
        within(times.head());
        ByteArrayOutputStream head = new ByteArrayOutputStream(512);
        int last = 0;
        int ends = 0;
        while (ends < END_OF_HEAD) {
            if (head.size() == ResponseHead.MAX_BYTES) {
                throw WorkerException.invalid("the head is too long");
            }
            int next = next();
            // Found here, so that nobody waits for the end of a head that has come to one.
            if ((next == '\n') != (last == '\r')) {
                throw WorkerException.invalid("a line of the head ends in CR or LF alone");
            }
            ends = next == '\r' || next == '\n' ? ends + 1 : 0;
            last = next;
            head.write(next);
        }
        return head.toByteArray();
    }

    /** The next byte. */
    int next() throws WorkerException {
        if (!fill()) {
            throw new WorkerException(Kind.ENDED, "the connection ended in the middle");
        }
        return input.get() & 0xFF;
    }

    /**
     * The next bytes, at least one and at most the given number, once there are some; null at the
     * connection's end. They are valid until the next call.
     */
    @Nullable ByteBuffer take(long most) throws WorkerException {
        if (!fill()) {
            return null;
        }
        int size = (int) Math.min(most, input.remaining());
        ByteBuffer bytes = input.slice(input.position(), size);
        input.position(input.position() + size);
        return bytes;
    }

    /** Whether bytes are there that nobody has asked for, or the other end is closed. */
    boolean isSpoilt() {
        try {
            return closed || input.hasRemaining() || !channel.isQuiet();
        } catch (IOException e) {
            return true;
        }
    }

    /** Waits until something can be read. Returns false at the end. */
    private boolean fill() throws WorkerException {
        if (input.hasRemaining()) {
            return true;
        }
        int capacity = wasFull ? FLOWING_BYTES : WAITING_BYTES;
        if (input.capacity() != capacity) {
            input = ByteBuffer.allocate(capacity);
        }
        input.clear();
        Duration time = each;
        deadline = time == null ? end : pool.now() + time.toNanos();
        try {
            return channel.read(input) > 0;
        } catch (IOException e) {
            throw failed(Kind.ENDED, e);
        } finally {
            deadline = NEVER;
            wasFull = !input.hasRemaining();
            input.flip();
        }
    }

    private WorkerException failed(Kind kind, IOException e) {
        return late
                ? new WorkerException(Kind.LATE, "the worker keeps its front waiting", e)
                : new WorkerException(kind, "the connection to the worker is broken", e);
    }

    /** Closes the connection if the worker's time is over. Any thread may call it. */
    void closeIfLate(long now) {
        long by = deadline;
        if (by != NEVER && now - by > 0) {
            late = true;
            close();
        }
    }

    /** Closes the connection. Idempotent; any thread may call it. */
    @Override
    public void close() {
        closed = true;
        pool.forget(this);
        try {
            channel.close();
        } catch (IOException e) {
            // Nothing is lost: nobody reads from it or writes to it any more.
        }
    }
}
