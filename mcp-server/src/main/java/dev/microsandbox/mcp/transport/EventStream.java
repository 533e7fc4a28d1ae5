package dev.microsandbox.mcp.transport;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Messages on their way from the threads that make them to the one that owns the HTTP connection.
 *
 * <p>The connection has one writer, so messages never interleave, and interrupting a request's
 * thread can never hit a socket (which would close it). A client that reads slowly holds up those
 * who write to it, not the server's memory.
 *
 * <p>Thread-safe.
 */
final class EventStream {

    private static final int CAPACITY = 16;

    /** With so many bytes it is full as well, but for a message that finds it empty. */
    private static final long FULL = 4 << 20;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /** Guarded by {@link #lock}, as all below. */
    private final ArrayDeque<byte[]> messages = new ArrayDeque<>();

    private long bytes;
    private boolean ended;
    private boolean abandoned;

    /**
     * Adds a message; waits while the stream is full.
     *
     * @throws IOException if the stream has ended, the client is gone, or the thread was
     *     interrupted while waiting (it stays so)
     */
    void send(byte[] message) throws IOException {
        add(message, false);
    }

    /** Adds the last message: as {@link #send} and {@link #end} in one. */
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
        return messages.size() >= CAPACITY || bytes >= FULL;
    }

    /** No more messages will come; those that are waiting still go out. */
    void end() {
        lock.lock();
        try {
            ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The client is gone: what is waiting is dropped. */
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
