package dev.microsandbox.mcp.session;

import org.jspecify.annotations.Nullable;

/**
 * Who may change which sandbox a computer is: one at a time, and calls wait for the end of that.
 * Whoever holds it never waits for a call. Thread-safe.
 */
final class Hold {

    private boolean held;

    /** How many checkpoints of the computer are being written. */
    private int saves;

    /** Why there are no more calls; null while there are. */
    private @Nullable String closed;

    /**
     * Holds it as soon as nobody else does.
     *
     * @throws SessionException if it is closed
     */
    synchronized void take() throws InterruptedException {
        awaitFree();
        if (closed != null) {
            throw refusal();
        }
        held = true;
    }

    /** Holds it unless somebody else does, or it is closed. */
    synchronized boolean tryTake() {
        if (held || closed != null) {
            return false;
        }
        held = true;
        return true;
    }

    synchronized void letGo() {
        held = false;
        notifyAll();
    }

    /** Waits until nobody holds it. */
    synchronized void awaitFree() throws InterruptedException {
        while (held) {
            wait();
        }
    }

    /** The time in which a checkpoint of the computer is written. */
    interface Saving extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * A checkpoint of the computer is about to be written: its end has to wait for that.
     *
     * @throws SessionException if it is closed
     */
    synchronized Saving save() {
        if (closed != null) {
            throw refusal();
        }
        saves++;
        return this::saved;
    }

    private synchronized void saved() {
        saves--;
        notifyAll();
    }

    /**
     * There are no calls from now on.
     *
     * @param reason what calls are told; the first one counts
     */
    synchronized void close(String reason) {
        if (closed == null) {
            closed = reason;
        }
    }

    synchronized SessionException refusal() {
        return new SessionException(String.valueOf(closed));
    }

    /** Closes it, and holds it as soon as nobody else does and no checkpoint is being written. */
    synchronized void closeAndTake(String reason) {
        close(reason);
        awaitQuiet();
        held = true;
    }

    /** Waits until nobody holds it and no checkpoint is being written. */
    synchronized void awaitQuiet() {
        boolean interrupted = false;
        while (held || saves > 0) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
