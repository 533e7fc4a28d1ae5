package dev.microsandbox.mcp.session.computer;

import dev.microsandbox.mcp.session.computer.ComputerState.Live;
import dev.microsandbox.mcp.session.computer.ComputerState.Suspended;
import dev.microsandbox.mcp.session.computer.TurnLock.Turn;
import dev.microsandbox.mcp.session.limits.SandboxLimits;
import dev.microsandbox.mcp.units.Durations;
import java.util.Optional;

/**
 * When a computer's sandbox is put to sleep or closed without a call's doing: nobody uses it, its
 * time is over, or the server stops.
 */
final class IdlePolicy {

    private static final String STOPPING =
            "The server is stopping, and keeps this session. Repeat the call when the server is up again; the computer goes on then.";

    private final TurnLock lock;
    private final CurrentSandbox sandbox;
    private final Suspension suspension;
    private final CallCount calls;
    private final SandboxLimits limits;

    IdlePolicy(
            TurnLock lock,
            CurrentSandbox sandbox,
            Suspension suspension,
            CallCount calls,
            SandboxLimits limits) {
        this.lock = lock;
        this.sandbox = sandbox;
        this.suspension = suspension;
        this.calls = calls;
        this.limits = limits;
    }

    /** Ends the sandbox if its time is over or it has died; puts it to sleep if nobody uses it. */
    void sweep() {
        Optional<Turn> free = lock.tryTurn();
        if (free.isEmpty()) {
            return;
        }
        Turn turn = free.get();
        boolean handedOn = false;
        try {
            ComputerState state = sandbox.settle(turn);
            if (sandbox.isTooOld(state)) {
                endOfLifetime(turn, state);
            } else if (state instanceof Live now && calls.isIdleFor(limits.idleTimeout())) {
                if (limits.suspend()) {
                    Thread.ofVirtual().name("suspend").start(() -> fallAsleep(turn, now));
                    handedOn = true;
                } else {
                    String idle = Durations.inWords(limits.idleTimeout());
                    sandbox.forget(now.sandbox(), "was closed after " + idle + " without a call");
                }
            }
        } finally {
            if (!handedOn) {
                turn.close();
            }
        }
    }

    private void endOfLifetime(Turn turn, ComputerState state) {
        String why =
                "was closed at the end of its lifetime of " + Durations.inWords(limits.lifetime());
        if (state instanceof Suspended) {
            sandbox.loseSleeper(turn, why);
        } else if (state instanceof Live now) {
            sandbox.forget(now.sandbox(), why);
        } // else it still starts, and is closed when it has
    }

    private void fallAsleep(Turn turn, Live now) {
        try (turn) {
            if (!suspension.suspend(turn, now.sandbox())) {
                calls.touch(); // the next try is after another idle time
            }
        }
    }

    /** Puts it to sleep for the server's stop, whoever uses it; it is lost if that fails. */
    void untilTheNextStart() {
        try (Turn turn = lock.closeAndTurn(STOPPING)) {
            if (sandbox.settle(turn) instanceof Live now
                    && !suspension.suspend(turn, now.sandbox())) {
                sandbox.forget(
                        now.sandbox(),
                        "was closed because the server stopped and could not save it");
            }
            // What does not run yet has nothing to lose, or sleeps on.
            sandbox.end("was closed because the server stops");
        }
    }
}
