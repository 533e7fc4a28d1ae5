package dev.microsandbox.vmm.kvmmachine;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The point where the threads of a machine wait while it is paused, and learn that it stops. The
 * vCPU threads arrive here when they have been kicked out of the guest; the I/O thread arrives
 * between two rounds of work. Thread-safe.
 */
final class Gate {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /** The number of threads that have not ended. */
    private int present;

    private int waiting;
    private boolean closed;
    private boolean stopped;

    /**
     * @param threads the number of threads that will use the gate
     */
    Gate(int threads) {
        this.present = threads;
    }

    /**
     * Called by a machine's thread: waits while the machine is paused.
     *
     * @return whether to continue; false once the machine stops
     */
    boolean pass() {
        lock.lock();
        try {
            waiting++;
            changed.signalAll();
            while (closed && !stopped) {
                changed.awaitUninterruptibly();
            }
            waiting--;
            return !stopped;
        } finally {
            lock.unlock();
        }
    }

    /** Called by a machine's thread that ends. */
    void leave() {
        lock.lock();
        try {
            present--;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Makes threads wait that call {@link #pass} from now on. The caller then has to wake them, so
     * that they do.
     */
    void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until all threads wait in {@link #pass} or have ended.
     *
     * @return false if the machine has stopped instead
     */
    boolean awaitAll() throws InterruptedException {
        lock.lock();
        try {
            while (waiting < present && !stopped) {
                changed.await();
            }
            return !stopped;
        } finally {
            lock.unlock();
        }
    }

    /** Lets the waiting threads continue. */
    void open() {
        lock.lock();
        try {
            closed = false;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Makes {@link #pass} return false, so that the threads end. The caller then has to wake them.
     */
    void stop() {
        lock.lock();
        try {
            stopped = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
