package dev.microsandbox.mcp.session.computer;

import dev.microsandbox.mcp.session.limits.SessionException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The long lock of a computer. A thread that decides about the computer's sandbox holds the {@link
 * Turn}, of which there is one at a time; calls wait until it ends. Starting, saving and closing
 * machines and all disk work happen while holding a turn, which may take seconds. The holder of a
 * turn never waits for a call. {@link StateCell} documents what may be done without a turn.
 * Thread-safe.
 */
public final class TurnLock {

    private @Nullable Turn current;

    /** Guarded by this. The number of checkpoints of the computer that are being written. */
    private int saves;

    /** Guarded by this. Why calls are refused; null while they are accepted. */
    private @Nullable String closed;

    /**
     * The right to decide about the computer. It lasts until it is closed. It is not bound to a
     * thread, so one thread may hand it to another.
     */
    static final class Turn implements AutoCloseable {

        private final TurnLock lock;

        private Turn(TurnLock lock) {
            this.lock = lock;
        }

        /** Ends the turn. Idempotent. */
        @Override
        public void close() {
            lock.end(this);
        }
    }

    /**
     * Waits until nobody else holds the turn, and takes it.
     *
     * @throws SessionException if the lock is closed
     */
    synchronized Turn turn() throws InterruptedException {
        awaitFree();
        if (closed != null) {
            throw refusal();
        }
        return begin();
    }

    /** Takes the turn without waiting; empty if somebody else holds it, or the lock is closed. */
    synchronized Optional<Turn> tryTurn() {
        return current != null || closed != null ? Optional.empty() : Optional.of(begin());
    }

    private Turn begin() {
        Turn turn = new Turn(this);
        current = turn;
        return turn;
    }

    private synchronized void end(Turn turn) {
        if (current == turn) {
            current = null;
            notifyAll();
        }
    }

    /**
     * Checks that a turn is the current turn of this computer.
     *
     * @throws IllegalStateException if the turn has ended or belongs to another computer
     */
    synchronized void check(Turn turn) {
        if (current != turn) {
            throw new IllegalStateException("This turn has ended, or belongs to another computer.");
        }
    }

    /** Waits until nobody holds the turn. */
    synchronized void awaitFree() throws InterruptedException {
        while (current != null) {
            wait();
        }
    }

    /** Held open while a checkpoint of the computer is being written. */
    public interface PendingSave extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Announces that a checkpoint of the computer is about to be written. The computer's end waits
     * until the returned object is closed.
     *
     * @throws SessionException if the lock is closed
     */
    synchronized PendingSave save() {
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
     * Closes the lock: refuses all further calls.
     *
     * @param reason the reason that calls are told; only the first one counts
     */
    synchronized void close(String reason) {
        if (closed == null) {
            closed = reason;
        }
    }

    private SessionException refusal() {
        return new SessionException(String.valueOf(closed));
    }

    /**
     * Closes the lock, waits until nobody holds the turn and no checkpoint is being written, and
     * takes the turn.
     */
    synchronized Turn closeAndTurn(String reason) {
        close(reason);
        awaitQuiet();
        return begin();
    }

    /** Waits until nobody holds the turn and no checkpoint is being written. */
    synchronized void awaitQuiet() {
        boolean interrupted = false;
        while (current != null || saves > 0) {
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
