package dev.microsandbox.mcp.session.computer;

import dev.microsandbox.mcp.session.computer.StateEvent.Decision;
import dev.microsandbox.mcp.session.computer.StateEvent.Fact;
import dev.microsandbox.mcp.session.computer.TurnLock.Turn;
import dev.microsandbox.mcp.session.limits.SessionException;
import dev.microsandbox.mcp.session.supply.ManagedSandbox;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Holds the state of one computer, and defines the rules for its two locks.
 *
 * <p>The {@link TurnLock} is the long lock. The holder of its {@link Turn} decides about the
 * computer; it may start, save and close machines and use the disk while it holds the turn. The
 * monitor of this object is the short lock. It protects only the replacement of one state by
 * another: code that holds the monitor takes no other lock and touches neither a machine nor the
 * disk.
 *
 * <p>A decision therefore needs the turn, and code without a turn does not compile. A fact needs no
 * turn: a thread that finds that a machine runs, has failed or is lost, or that ends the session,
 * cannot wait for the turn, because the turn's holder may be waiting for that same machine. A fact
 * names the sandbox that it is about, and changes nothing if the computer has another sandbox by
 * then. Thread-safe.
 */
final class StateCell {

    private final TurnLock lock;
    private final Transitions transitions;
    private ComputerState state = new ComputerState.NotStarted();

    /**
     * Guarded by this. An image on disk that no state needs any more; the holder of the turn
     * removes it or sets it aside.
     */
    private @Nullable Obsolete obsolete;

    /**
     * Guarded by this. A sandbox that is starting to replace the computer's; the computer's end
     * closes it too.
     */
    private @Nullable ManagedSandbox replacement;

    StateCell(TurnLock lock, Transitions transitions) {
        this.lock = lock;
        this.transitions = transitions;
    }

    /**
     * An image that no state needs.
     *
     * @param refused whether a machine could not resume from it. It is then set aside, because
     *     another release of the server, which may have written it, can still use it.
     */
    private record Obsolete(SuspendedImage image, boolean refused) {

        void removeOrSetAside() {
            if (refused) {
                image.setAside();
            } else {
                image.discard();
            }
        }
    }

    /** The states before and after an event. */
    record Change(ComputerState before, ComputerState after) {

        boolean isNone() {
            return before.equals(after);
        }
    }

    synchronized ComputerState state() {
        return state;
    }

    /**
     * Applies a decision to the state.
     *
     * @throws SessionException if the computer has ended, or is gone for good
     * @throws IllegalStateException if the turn is over, or the state does not allow the decision
     */
    Change decide(Turn turn, Decision decision) {
        lock.check(turn);
        return change(decision);
    }

    /** Applies a fact to the state, unless the fact is outdated. */
    Change observe(Fact fact) {
        return change(fact);
    }

    private synchronized Change change(StateEvent event) {
        ComputerState before = state;
        state = transitions.next(before, event);
        Optional<SuspendedImage> image = before.neededImage();
        if (image.isPresent() && state.neededImage().isEmpty()) {
            // A guest can cause any other failure, and with it fill the disk.
            boolean refused = event instanceof StateEvent.StartFailed failed && failed.damaged();
            obsolete = new Obsolete(image.get(), refused);
        }
        return new Change(before, state);
    }

    /** Removes the obsolete image, if any, from the disk, or sets it aside. */
    void clean(Turn turn) {
        lock.check(turn);
        Obsolete unneeded;
        synchronized (this) {
            unneeded = obsolete;
            obsolete = null;
        }
        if (unneeded != null) {
            unneeded.removeOrSetAside();
        }
    }

    /** Whether there is an image on disk that no state needs any more. */
    synchronized boolean hasObsoleteImage() {
        return obsolete != null;
    }

    /**
     * Announces a sandbox that is starting to replace the computer's.
     *
     * @throws SessionException if the computer has ended
     */
    void setReplacement(Turn turn, ManagedSandbox next) {
        lock.check(turn);
        synchronized (this) {
            if (state instanceof ComputerState.Ended) {
                throw new SessionException(Computer.ENDED);
            }
            replacement = next;
        }
    }

    /** Clears the replacement: it has replaced the computer's sandbox, or never will. */
    void clearReplacement(Turn turn) {
        lock.check(turn);
        synchronized (this) {
            replacement = null;
        }
    }

    /**
     * Ends the computer, which gets no more sandbox.
     *
     * @return the sandboxes that the caller must close
     */
    synchronized List<ManagedSandbox> end() {
        List<ManagedSandbox> all = new ArrayList<>();
        if (observe(new StateEvent.End()).before() instanceof ComputerState.WithSandbox now) {
            all.add(now.sandbox());
        }
        if (replacement != null) {
            all.add(replacement);
        }
        return all;
    }

    /** Takes the notice for the next call. Each notice is returned once. */
    synchronized Notice takeNotice() {
        return observe(new StateEvent.NoticeTaken()).before().pendingNotice();
    }
}
