package dev.microsandbox.mcp.session;

import dev.microsandbox.mcp.units.Durations;
import org.jspecify.annotations.Nullable;

/**
 * When a computer's sandbox is put to sleep or closed without a call's doing: nobody uses it, its
 * time is over, or the server stops.
 */
final class IdlePolicy {

    private static final String STOPPING =
            "The server is stopping, and keeps this session. Repeat the call when the server is up again; the computer goes on then.";

    private final Hold hold;
    private final CurrentSandbox sandbox;
    private final Suspension suspension;
    private final CallCount calls;
    private final SandboxLimits limits;

    IdlePolicy(
            Hold hold,
            CurrentSandbox sandbox,
            Suspension suspension,
            CallCount calls,
            SandboxLimits limits) {
        this.hold = hold;
        this.sandbox = sandbox;
        this.suspension = suspension;
        this.calls = calls;
        this.limits = limits;
    }

    /** Ends the sandbox if its time is over or it has died; puts it to sleep if nobody uses it. */
    void sweep() {
        if (!hold.tryTake()) {
            return;
        }
        boolean holding = true;
        try {
            ManagedSandbox start = sandbox.settle();
            if (sandbox.age().compareTo(limits.lifetime()) >= 0) {
                endOfLifetime(start);
            } else if (start != null
                    && start.isRunning()
                    && calls.isIdleFor(limits.idleTimeout())) {
                if (limits.suspend()) {
                    Thread.ofVirtual().name("suspend").start(() -> fallAsleep(start));
                    holding = false; // but that thread is
                } else {
                    String idle = Durations.inWords(limits.idleTimeout());
                    sandbox.forget(start, "was closed after " + idle + " without a call");
                }
            }
        } finally {
            if (holding) {
                hold.letGo();
            }
        }
    }

    private void endOfLifetime(@Nullable ManagedSandbox start) {
        String why =
                "was closed at the end of its lifetime of " + Durations.inWords(limits.lifetime());
        if (start == null) {
            sandbox.loseSleeper(why);
        } else if (start.isRunning()) {
            sandbox.forget(start, why);
        } // else it still starts, and is closed when it has
    }

    private void fallAsleep(ManagedSandbox start) {
        try {
            if (!suspension.suspend(start)) {
                calls.touch(); // the next try is after another idle time
            }
        } finally {
            hold.letGo();
        }
    }

    /** Puts it to sleep for the server's stop, whoever uses it; it is lost if that fails. */
    void untilTheNextStart() {
        hold.closeAndTake(STOPPING);
        try {
            ManagedSandbox start = sandbox.settle();
            if (start != null && start.isRunning() && !suspension.suspend(start)) {
                sandbox.forget(
                        start, "was closed because the server stopped and could not save it");
            }
            // What does not run yet has nothing to lose, or sleeps on.
            sandbox.end("was closed because the server stops");
        } finally {
            hold.letGo();
        }
    }
}
