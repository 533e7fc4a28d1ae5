package dev.microsandbox.mcp.session.computer;

import dev.microsandbox.mcp.session.computer.ComputerState.Live;
import dev.microsandbox.mcp.session.computer.ComputerState.Suspended;
import dev.microsandbox.mcp.session.computer.TurnLock.Turn;
import dev.microsandbox.mcp.session.limits.Lifespan;
import dev.microsandbox.mcp.units.Durations;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Suspends or closes a computer's sandbox when no call asks for it: because the sandbox is idle,
 * its lifetime has ended, or the server stops.
 */
final class IdlePolicy {

    private static final String STOPPING =
            "The server is stopping, and keeps this session. Repeat the call when the server is up again; the computer goes on then.";

    private final TurnLock lock;
    private final CurrentSandbox sandbox;
    private final Suspension suspension;
    private final CallCount calls;
    private final Supplier<Lifespan> lifespan;

    IdlePolicy(
            TurnLock lock,
            CurrentSandbox sandbox,
            Suspension suspension,
            CallCount calls,
            Supplier<Lifespan> lifespan) {
        this.lock = lock;
        this.sandbox = sandbox;
        this.suspension = suspension;
        this.calls = calls;
        this.lifespan = lifespan;
    }

    /** Closes the sandbox if its lifetime has ended or it has died. Suspends it if it is idle. */
    void sweep() {
        Optional<Turn> free = lock.tryTurn();
        if (free.isEmpty()) {
            return;
        }
        Turn turn = free.get();
        Lifespan now = lifespan.get();
        boolean handedOn = false;
        try {
            ComputerState state = sandbox.refresh(turn);
            if (sandbox.isTooOld(state)) {
                endOfLifetime(turn, state, now);
            } else if (state instanceof Live live && calls.isIdleFor(now.idleTimeout())) {
                if (now.suspend()) {
                    Thread.ofVirtual().name("suspend").start(() -> suspend(turn, live));
                    handedOn = true;
                } else {
                    String idle = Durations.inWords(now.idleTimeout());
                    sandbox.forget(live.sandbox(), "was closed after " + idle + " without a call");
                }
            }
        } finally {
            if (!handedOn) {
                turn.close();
            }
        }
    }

    private void endOfLifetime(Turn turn, ComputerState state, Lifespan limits) {
        String why =
                "was closed at the end of its lifetime of " + Durations.inWords(limits.lifetime());
        if (state instanceof Suspended) {
            sandbox.loseSuspended(turn, why);
        } else if (state instanceof Live now) {
            sandbox.forget(now.sandbox(), why);
        } // else it is still starting, and a later sweep closes it
    }

    private void suspend(Turn turn, Live now) {
        try (turn) {
            if (!suspension.suspend(turn, now.sandbox())) {
                calls.restartIdleTime(); // try again after another idle timeout
            }
        }
    }

    /**
     * Suspends the sandbox because the server stops, even if calls use it. The sandbox is lost if
     * that fails.
     */
    void suspendForStop() {
        try (Turn turn = lock.closeAndTurn(STOPPING)) {
            if (sandbox.refresh(turn) instanceof Live now
                    && !suspension.suspend(turn, now.sandbox())) {
                sandbox.forget(
                        now.sandbox(),
                        "was closed because the server stopped and could not save it");
            }
            // A sandbox that does not run yet has no state to lose, or stays suspended.
            sandbox.end("was closed because the server stops");
        }
    }
}
