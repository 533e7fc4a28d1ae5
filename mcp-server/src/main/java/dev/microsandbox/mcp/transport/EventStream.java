package dev.microsandbox.mcp.transport;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A bounded queue of messages from the threads that produce them to the thread that owns the HTTP
 * connection.
 *
 * <p>The connection has one writer, so messages never interleave. Interrupting a request's thread
 * can never hit a socket operation, which would close the socket. A client that reads slowly blocks
 * the threads that write to it instead of filling the server's memory.
 *
 * <p>Thread-safe.
 */
final class EventStream {

    private static final int MAX_MESSAGES = 16;

    /**
     * The stream is also full at this many bytes, except that an empty stream accepts any message.
     */
    private static final long MAX_BYTES = 4 << 20;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /** Guarded by {@link #lock}, like all fields below. */
    private final ArrayDeque<byte[]> messages = new ArrayDeque<>();

    private long bytes;
    private boolean ended;
    private boolean abandoned;

    /**
     * Adds a message. Waits while the stream is full.
     *
     * @throws IOException if the stream has ended, the client has disconnected, or the thread was
     *     interrupted while waiting (its interrupt status stays set)
     */
    void send(byte[] message) throws IOException {
        add(message, false);
    }

    /** Adds the last message: {@link #send} and {@link #end} in one atomic step. */
    void finish(byte[] message) throws IOException {
        add(message, true);
    }

    private void add(byte[] message, boolean last) throws IOException {
        lock.lock();
        try {
            while (isFull() && !ended) {
                changed.await();
            }
            if (ended) {
                throw new IOException("the stream to the client has ended");
            }
            messages.add(message);
            bytes += message.length;
            ended = last;
            changed.signalAll();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the client did not read", e);
        } finally {
            lock.unlock();
        }
    }

    private boolean isFull() {
        return messages.size() >= MAX_MESSAGES || bytes >= MAX_BYTES;
    }

    /** Ends the stream. Messages that are already queued are still delivered. */
    void end() {
        lock.lock();
        try {
            ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Ends the stream because the client has disconnected. Queued messages are dropped. */
    void abandon() {
        lock.lock();
        try {
            abandoned = true;
            ended = true;
            messages.clear();
            bytes = 0;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits for the next message.
     *
     * @return null if none came in time or the stream is {@link #isDone}
     */
    byte @Nullable [] poll(Duration time) throws InterruptedException {
        long nanos = time.toNanos();
        lock.lockInterruptibly();
        try {
            while (messages.isEmpty() && !ended && nanos > 0) {
                nanos = changed.awaitNanos(nanos);
            }
            byte[] message = messages.poll();
            bytes -= message == null ? 0 : message.length;
            changed.signalAll();
            return message;
        } finally {
            lock.unlock();
        }
    }

    /** Whether the stream has ended and everything has been taken from it. */
    boolean isDone() {
        lock.lock();
        try {
            return abandoned || (ended && messages.isEmpty());
        } finally {
            lock.unlock();
        }
    }
}
