package dev.microsandbox.vmm.kvmmachine;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Where the threads of a machine wait while it is paused, and learn that it is to stop: its vCPUs',
 * which come here when they have been kicked out of the guest, and that of its devices, between two
 * pieces of work. Thread-safe.
 */
final class Gate {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /** Threads that have not ended. */
    private int present;

    private int waiting;
    private boolean closed;
    private boolean stopped;

    /**
     * @param threads how many will come
     */
    Gate(int threads) {
        this.present = threads;
    }

    /**
     * A thread comes by and waits while the machine is paused.
     *
     * @return whether to go on; false once the machine is to stop
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

    /** A thread ends. */
    void leave() {
        lock.lock();
        try {
            present--;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** From now on threads that come by wait. They are to be woken after this. */
    void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until no thread works.
     *
     * @return whether all of them wait here; false if the machine has stopped instead
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

    /** Lets the threads go on. */
    void open() {
        lock.lock();
        try {
            closed = false;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Lets the threads end. They are to be woken after this. */
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
