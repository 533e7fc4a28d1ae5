package dev.microsandbox.mcp.transport;

import dev.microsandbox.mcp.transport.message.MessageFault;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The running requests of one session.
 *
 * <p>Each request runs on its own virtual thread, so a slow request does not delay others.
 * Cancelling a request interrupts its thread. A request ends in exactly one of two ways: it is
 * answered, or it is cancelled and any answer that it still produces is dropped (MCP,
 * "Cancellation": no response should be sent). A request is never interrupted after it has been
 * answered, so an interrupt cannot hit the writing of the answer.
 *
 * <p>Thread-safe.
 */
public final class RunningCalls {

    /** The maximum number of requests that one session runs at once. */
    public static final int MAX_CALLS = 128;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition finished = lock.newCondition();

    /** Guarded by {@link #lock}. */
    private final Map<Object, RunningCall> calls = new HashMap<>();

    /** Guarded by {@link #lock}. */
    private boolean closed;

    /**
     * Guarded by {@link #lock}. The number of threads that have not ended, including those of calls
     * that were cancelled or answered.
     */
    private int threads;

    private enum CallState {
        RUNNING,
        ANSWERED,
        CANCELLED
    }

    private static final class RunningCall {
        final Thread thread;
        final Runnable onCancel;
        CallState state = CallState.RUNNING;

        RunningCall(Thread thread, Runnable onCancel) {
            this.thread = thread;
            this.onCancel = onCancel;
        }
    }

    /**
     * Starts a request.
     *
     * @param work what to do; it should not throw, for then nobody answers the request
     * @param onCancel called on the cancelling thread after the interrupt; must not block
     * @return null if the request was started, else the reason, for the client
     */
    @Nullable String start(Object id, Runnable work, Runnable onCancel) {
        Thread thread =
                Thread.ofVirtual()
                        .name("mcp-call")
                        .unstarted(
                                () -> {
                                    try {
                                        work.run();
                                    } catch (Throwable e) {
                                        MessageFault.log("a request", e);
                                    } finally {
                                        ended(id);
                                    }
                                });
        lock.lock();
        try {
            if (closed) {
                return "The session is being closed.";
            }
            RunningCall previous = calls.get(id);
            // A cancelled request may still try to answer; its answer must not be taken for this
            // request's.
            if (previous != null && previous.state != CallState.ANSWERED) {
                return "A request with this id is still running.";
            }
            if (threads >= MAX_CALLS) {
                return MAX_CALLS
                        + " requests of this session are running already. Try again later.";
            }
            calls.put(id, new RunningCall(thread, onCancel));
            // Start under the lock: an interrupt of a thread that has not started would be lost.
            thread.start();
            threads++;
            return null;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Claims the right to answer a request. Call it before writing the answer.
     *
     * @return false if the request was already cancelled or answered: write nothing
     */
    boolean answer(Object id) {
        lock.lock();
        try {
            RunningCall call = calls.get(id);
            if (call == null || call.state != CallState.RUNNING) {
                return false;
            }
            call.state = CallState.ANSWERED;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * As {@link #answer}, for the request that the current thread runs. Once it has been answered,
     * another request may use the same id.
     */
    boolean answerOwn(Object id) {
        lock.lock();
        try {
            RunningCall call = calls.get(id);
            return call != null && call.thread == Thread.currentThread() && answer(id);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Interrupts a request.
     *
     * @return false if the request is not running or has already been answered
     */
    boolean cancel(Object id) {
        RunningCall call;
        lock.lock();
        try {
            call = calls.get(id);
            if (call == null || call.state != CallState.RUNNING) {
                return false;
            }
            call.state = CallState.CANCELLED;
            call.thread.interrupt();
        } finally {
            lock.unlock();
        }
        call.onCancel.run();
        return true;
    }

    /** Interrupts all requests and refuses new ones. */
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
     * @return false if requests are still running after that time
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

    /** The request's own thread calls this when it ends. */
    private void ended(Object id) {
        lock.lock();
        try {
            RunningCall call = calls.get(id);
            // Another request may have taken the id after this one was answered.
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
