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
 * The state of one computer, and the rule of its two locks.
 *
 * <p>The turn ({@link TurnLock}) is the long one: with it somebody decides about the computer, and
 * starts, saves and closes machines and works on the disk meanwhile. The monitor of this object is
 * the short one: under it a state takes the place of another, and nothing else happens; no other
 * lock is taken under it, and neither a machine nor the disk is touched.
 *
 * <p>A decision therefore needs the turn, and code without one does not compile. A fact needs none:
 * who finds that a machine runs, has failed or is lost, and who ends the session, cannot wait for a
 * turn, as who has it may be waiting for that very machine. A fact names the sandbox that it is
 * about, and changes nothing if the computer has another by then. Thread-safe.
 */
final class StateCell {

    private final TurnLock lock;
    private final Transitions transitions;
    private ComputerState state = new ComputerState.NotStarted();

    /** On the disk, and needed by no state any more; whoever has the turn takes it away. */
    private @Nullable Obsolete obsolete;

    /** Starts beside the computer's sandbox, to take its place: the computer's end ends it too. */
    private @Nullable ManagedSandbox replacement;

    StateCell(TurnLock lock, Transitions transitions) {
        this.lock = lock;
        this.transitions = transitions;
    }

    /**
     * An image that no state needs.
     *
     * @param refused whether a machine could not go on from it. It is then set aside: another
     *     release of the server, which may have written it, can still use it.
     */
    private record Obsolete(SuspendedImage image, boolean refused) {

        void takeAway() {
            if (refused) {
                image.setAside();
            } else {
                image.discard();
            }
        }
    }

    /** What an event has changed. */
    record Change(ComputerState before, ComputerState after) {

        boolean isNone() {
            return before.equals(after);
        }
    }

    synchronized ComputerState state() {
        return state;
    }

    /**
     * Changes the state by a decision.
     *
     * @throws SessionException if the computer has ended, or is gone for ever
     * @throws IllegalStateException if the turn is over, or the decision does not fit the state
     */
    Change decide(Turn turn, Decision decision) {
        lock.check(turn);
        return change(decision);
    }

    /** Changes the state by a fact, unless that is overtaken. */
    Change observe(Fact fact) {
        return change(fact);
    }

    private synchronized Change change(StateEvent event) {
        ComputerState before = state;
        state = transitions.next(before, event);
        Optional<SuspendedImage> image = before.needed();
        if (image.isPresent() && state.needed().isEmpty()) {
            boolean refused = event instanceof StateEvent.StartFailed;
            obsolete = new Obsolete(image.get(), refused);
        }
        return new Change(before, state);
    }

    /** Removes from the disk, or sets aside, what no state needs any more. */
    void clean(Turn turn) {
        lock.check(turn);
        Obsolete unneeded;
        synchronized (this) {
            unneeded = obsolete;
            obsolete = null;
        }
        if (unneeded != null) {
            unneeded.takeAway();
        }
    }

    /** Whether there is something on the disk that no state needs any more. */
    synchronized boolean isToBeCleaned() {
        return obsolete != null;
    }

    /**
     * A sandbox starts that is to take the place of the computer's.
     *
     * @throws SessionException if the computer has ended
     */
    void expect(Turn turn, ManagedSandbox next) {
        lock.check(turn);
        synchronized (this) {
            if (state instanceof ComputerState.Ended) {
                throw new SessionException(Computer.ENDED);
            }
            replacement = next;
        }
    }

    /** It has taken the place, or never will. */
    void expectNone(Turn turn) {
        lock.check(turn);
        synchronized (this) {
            replacement = null;
        }
    }

    /**
     * There is no sandbox from now on.
     *
     * @return those that there were, to be closed
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

    /** What the next call has to be told; once. */
    synchronized Notice takeNotice() {
        return observe(new StateEvent.Told()).before().untold();
    }
}
