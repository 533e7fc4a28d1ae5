package dev.microsandbox.mcp.session.computer;

import dev.microsandbox.mcp.session.limits.SessionException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The long lock of a computer: whoever decides which sandbox it is has a {@link Turn}, one at a
 * time, and calls wait for the end of that. Starting, saving and closing machines and all work on
 * the disk are done with a turn, which may take seconds; who has it never waits for a call. What
 * may be done without one stands at {@link StateCell}. Thread-safe.
 */
public final class TurnLock {

    private @Nullable Turn current;

    /** How many checkpoints of the computer are being written. */
    private int saves;

    /** Why there are no more calls; null while there are. */
    private @Nullable String closed;

    /**
     * The right to decide about the computer, until it is closed. Not bound to a thread: it may be
     * handed on.
     */
    static final class Turn implements AutoCloseable {

        private final TurnLock lock;

        private Turn(TurnLock lock) {
            this.lock = lock;
        }

        /** Ends the turn; does nothing if that has been done. */
        @Override
        public void close() {
            lock.end(this);
        }
    }

    /**
     * Waits until nobody else has a turn.
     *
     * @throws SessionException if it is closed
     */
    synchronized Turn turn() throws InterruptedException {
        awaitFree();
        if (closed != null) {
            throw refusal();
        }
        return begin();
    }

    /** A turn unless somebody else has one, or it is closed. */
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
     * Refuses a turn that is over, or of another computer.
     *
     * @throws IllegalStateException if it is
     */
    synchronized void check(Turn turn) {
        if (current != turn) {
            throw new IllegalStateException("This turn is over, or another computer's.");
        }
    }

    /** Waits until nobody has a turn. */
    synchronized void awaitFree() throws InterruptedException {
        while (current != null) {
            wait();
        }
    }

    /** The time in which a checkpoint of the computer is written. */
    public interface Saving extends AutoCloseable {
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

    private SessionException refusal() {
        return new SessionException(String.valueOf(closed));
    }

    /** Closes it, and waits until nobody has a turn and no checkpoint is being written. */
    synchronized Turn closeAndTurn(String reason) {
        close(reason);
        awaitQuiet();
        return begin();
    }

    /** Waits until nobody has a turn and no checkpoint is being written. */
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
