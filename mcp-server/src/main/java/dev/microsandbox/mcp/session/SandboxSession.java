package dev.microsandbox.mcp.session;

import dev.microsandbox.mcp.units.Durations;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxException;
import dev.microsandbox.vmm.SandboxFactory;
import dev.microsandbox.vmm.SandboxLostException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** One MCP session and the sandbox it has at the moment, if any. Thread-safe. */
final class SandboxSession {

    private final SandboxFactory factory;
    private final SandboxConfig config;
    private final Capacity capacity;
    private final SandboxLimits limits;
    private final LongSupplier clock;
    private final Lanes lanes = new Lanes();

    private @Nullable SandboxStart current;

    /** Why the sandbox before the current one is gone, until a call has been told. */
    private @Nullable String untoldLoss;

    private boolean ended;
    private int calls;
    private long lastCallEnded;

    /**
     * @param clock monotonic, in nanoseconds
     */
    SandboxSession(
            SandboxFactory factory,
            SandboxConfig config,
            Capacity capacity,
            SandboxLimits limits,
            LongSupplier clock) {
        this.factory = factory;
        this.config = config;
        this.capacity = capacity;
        this.limits = limits;
        this.clock = clock;
        lastCallEnded = clock.getAsLong();
    }

    /**
     * Waits for its turn, then for the sandbox, which is started where there is none.
     *
     * @param starting called once if the sandbox does not run yet
     */
    SandboxLease acquire(Lane lane, Runnable starting) throws InterruptedException {
        callBegins();
        boolean entered = false;
        try {
            lanes.enter(lane);
            entered = true;
            SandboxStart start = currentOrNew();
            if (!start.isRunning()) {
                starting.run();
            }
            Sandbox sandbox = await(start);
            return new SandboxLease(this, lane, start, sandbox, takeUntoldLoss());
        } catch (InterruptedException | RuntimeException e) {
            if (entered) {
                lanes.leave(lane);
            }
            callEnds();
            throw e;
        }
    }

    void release(Lane lane) {
        lanes.leave(lane);
        callEnds();
    }

    private synchronized void callBegins() {
        calls++;
    }

    private synchronized void callEnds() {
        calls--;
        lastCallEnded = clock.getAsLong();
    }

    private synchronized SandboxStart currentOrNew() {
        if (ended) {
            throw new SessionException("The session has ended.");
        }
        if (current != null && current.isDead()) {
            forget(current, "ended unexpectedly");
        }
        if (current == null) {
            Capacity.Reservation reservation = capacity.reserve(config);
            current = new SandboxStart(factory, config, reservation, clock.getAsLong());
        }
        return current;
    }

    private Sandbox await(SandboxStart start) throws InterruptedException {
        try {
            return start.await();
        } catch (SandboxException e) {
            synchronized (this) {
                if (current == start) {
                    current = null;
                }
            }
            throw e;
        }
    }

    /** Closes {@code start} and lets the next call know why it finds another sandbox. */
    private synchronized void forget(SandboxStart start, String reason) {
        if (current == start) {
            current = null;
            untoldLoss = reason;
        }
        start.close(reason);
    }

    private synchronized Optional<String> takeUntoldLoss() {
        String reason = untoldLoss;
        untoldLoss = null;
        return Optional.ofNullable(reason)
                .map(
                        r ->
                                "The sandbox "
                                        + r
                                        + "; a new one was started. Earlier variables, files and"
                                        + " processes are gone.");
    }

    /** A call found its sandbox gone: the error to give it. */
    SandboxLostException lost(SandboxStart start, SandboxLostException cause) {
        String closed = start.closeReason();
        forget(start, closed != null ? closed : "died (" + cause.getMessage() + ")");
        String what = closed != null ? closed : "died during this call: " + cause.getMessage();
        var error =
                new SandboxLostException(
                        "The sandbox "
                                + what
                                + "\nIts variables, files and processes are gone. The next call"
                                + " starts a new one.");
        error.initCause(cause);
        return error;
    }

    /** Closes the sandbox if its time is over or it has died by itself. */
    synchronized void sweep() {
        SandboxStart start = current;
        if (start == null || !(start.isRunning() || start.isDead())) {
            return;
        }
        long now = clock.getAsLong();
        if (start.isDead()) {
            forget(start, "ended unexpectedly");
        } else if (now - start.orderedAt() >= limits.lifetime().toNanos()) {
            forget(start, "was closed at the end of its lifetime of " + words(limits.lifetime()));
        } else if (calls == 0 && now - lastCallEnded >= limits.idleTimeout().toNanos()) {
            forget(start, "was closed after " + words(limits.idleTimeout()) + " without a call");
        }
    }

    /** How much of its lifetime the sandbox has left. */
    Duration remaining(SandboxStart start) {
        Duration age = Duration.ofNanos(clock.getAsLong() - start.orderedAt());
        Duration left = limits.lifetime().minus(age);
        return left.isNegative() ? Duration.ZERO : left;
    }

    Duration idleTimeout() {
        return limits.idleTimeout();
    }

    /** Closes the sandbox for good. */
    void end(String reason) {
        SandboxStart start;
        synchronized (this) {
            ended = true;
            start = current;
            current = null;
        }
        if (start != null) {
            start.close(reason);
        }
    }

    private static String words(Duration duration) {
        return Durations.inWords(duration);
    }
}
