package dev.microsandbox.mcp.transport;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one session that are being worked on.
 *
 * <p>Each runs on a virtual thread of its own, so a slow one holds up nobody, and cancelling it
 * means interrupting that thread. A request ends in exactly one of two ways: it is answered, or it
 * is cancelled and any answer it still gives is dropped (MCP, "Cancellation": no response should be
 * sent). After it has been answered it is never interrupted, so an interrupt cannot hit the writing
 * of the answer.
 *
 * <p>Thread-safe.
 */
public final class RunningCalls {

    /** How many requests of one session may run at once; a session has one sandbox. */
    public static final int MAX_CALLS = 128;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition finished = lock.newCondition();

    /** Guarded by {@link #lock}. */
    private final Map<Object, Call> calls = new HashMap<>();

    /** Guarded by {@link #lock}. */
    private boolean closed;

    /** Guarded by {@link #lock}. How many threads have not ended, whatever became of the call. */
    private int threads;

    private enum State {
        RUNNING,
        ANSWERED,
        CANCELLED
    }

    private static final class Call {
        final Thread thread;
        final Runnable onCancel;
        State state = State.RUNNING;

        Call(Thread thread, Runnable onCancel) {
            this.thread = thread;
            this.onCancel = onCancel;
        }
    }

    /**
     * Starts a request.
     *
     * @param work what to do; must not throw
     * @param onCancel called on the cancelling thread after the interrupt; must not block
     * @return null if it was started, else why not, in words for the client
     */
    @Nullable String start(Object id, Runnable work, Runnable onCancel) {
        Thread thread =
                Thread.ofVirtual()
                        .name("mcp-call")
                        .unstarted(
                                () -> {
                                    try {
                                        work.run();
                                    } finally {
                                        ended(id);
                                    }
                                });
        lock.lock();
        try {
            if (closed) {
                return "The session is being closed.";
            }
            Call previous = calls.get(id);
            // A cancelled one may still try to answer, and that must not look like this one's.
            if (previous != null && previous.state != State.ANSWERED) {
                return "A request with this id is still running.";
            }
            if (threads >= MAX_CALLS) {
                return MAX_CALLS
                        + " requests of this session are running already. Try again later.";
            }
            calls.put(id, new Call(thread, onCancel));
            // Started under the lock, so that nobody can interrupt a thread that is not yet alive.
            thread.start();
            threads++;
            return null;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Asks to answer a request. To be called before its answer is written.
     *
     * @return false if it was cancelled or answered before: write nothing
     */
    boolean answer(Object id) {
        lock.lock();
        try {
            Call call = calls.get(id);
            if (call == null || call.state != State.RUNNING) {
                return false;
            }
            call.state = State.ANSWERED;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * As {@link #answer}, for the request that the current thread works on. Once that has been
     * answered another one may have its id.
     */
    boolean answerOwn(Object id) {
        lock.lock();
        try {
            Call call = calls.get(id);
            return call != null && call.thread == Thread.currentThread() && answer(id);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Interrupts a request.
     *
     * @return false if it is not running or has its answer already
     */
    boolean cancel(Object id) {
        Call call;
        lock.lock();
        try {
            call = calls.get(id);
            if (call == null || call.state != State.RUNNING) {
                return false;
            }
            call.state = State.CANCELLED;
            call.thread.interrupt();
        } finally {
            lock.unlock();
        }
        call.onCancel.run();
        return true;
    }

    /** Interrupts all requests and accepts no more. */
    public void close() {
        List<Object> ids;
        lock.lock();
        try {
            closed = true;
            ids = List.copyOf(calls.keySet());
        } finally {
            lock.unlock();
        }
        ids.forEach(this::cancel);
    }

    boolean isIdle() {
        lock.lock();
        try {
            return threads == 0;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until no request is running.
     *
     * @return false if some still are after that time
     */
    public boolean awaitIdle(Duration time) throws InterruptedException {
        long nanos = time.toNanos();
        lock.lockInterruptibly();
        try {
            while (threads > 0) {
                if (nanos <= 0) {
                    return false;
                }
                nanos = finished.awaitNanos(nanos);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Called by the request's own thread. */
    private void ended(Object id) {
        lock.lock();
        try {
            Call call = calls.get(id);
            // After its answer another request may have taken the id.
            if (call != null && call.thread == Thread.currentThread()) {
                calls.remove(id);
            }
            threads--;
            if (threads == 0) {
                finished.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }
}
