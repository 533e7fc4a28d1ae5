package dev.microsandbox.mcp.session.computer;

import dev.microsandbox.mcp.session.computer.ComputerState.WithSandbox;
import dev.microsandbox.mcp.session.limits.Terms;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxLostException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A call's right to use a computer's sandbox. While a lease is open, the sandbox does not count as
 * idle, and calls of the same lane wait. Used by one call; not thread-safe.
 */
public final class SandboxLease implements AutoCloseable {

    private final Computer computer;
    private final Lane lane;
    private final WithSandbox state;
    private final Sandbox sandbox;
    private final long arrived;
    private Optional<String> notice = Optional.empty();
    private boolean noticeTaken;
    private boolean closed;

    SandboxLease(Computer computer, Lane lane, WithSandbox state, Sandbox sandbox, long arrived) {
        this.computer = computer;
        this.lane = lane;
        this.state = state;
        this.sandbox = sandbox;
        this.arrived = arrived;
    }

    /** The sandbox. The caller must not close it. */
    public Sandbox sandbox() {
        return sandbox;
    }

    /**
     * The notice for the client: that this sandbox replaces one whose state is lost, or that it was
     * suspended. The caller must pass it on, because no later call gets it.
     */
    public Optional<String> notice() {
        if (!noticeTaken) {
            noticeTaken = true;
            notice = computer.takeNotice();
        }
        return notice;
    }

    /** Leaves a hint for the computer's next call that has a result. */
    public void leaveHint(String text) {
        computer.leaveHint(text);
    }

    /** Takes the hint that an earlier call has left. The caller must pass it on. */
    public Optional<String> takeHint() {
        return computer.takeHint();
    }

    /** The remaining lifetime of the sandbox. */
    public Duration remainingLifetime() {
        return computer.remaining(state.past());
    }

    /** What holds for the sandbox's namespace now. */
    public Terms terms() {
        return computer.terms();
    }

    /** The limits of its namespace and what is used of them, in words; empty if there are none. */
    public List<String> quota() {
        return computer.quota();
    }

    /** The id of its computer; empty for the session's own. */
    public String computer() {
        return computer.id();
    }

    /**
     * Reports that the sandbox is gone, so that the session's next call gets a new one.
     *
     * @return an exception whose message tells the caller why, and what comes next
     */
    public SandboxLostException lost(SandboxLostException cause) {
        return computer.lost(state.sandbox(), cause);
    }

    /**
     * The checkpoint to which the computer was restored during this call, which has failed; empty
     * if it was not.
     */
    public Optional<String> restoredTo() throws InterruptedException {
        return computer.awaitRestoredSince(arrived);
    }

    /** All computers of the session. */
    public List<ComputerSummary> computers() {
        return computer.family();
    }

    /** As {@link TurnLock#save}. The caller closes it when the checkpoint has been written. */
    public TurnLock.PendingSave saving() {
        return computer.saving();
    }

    /** The ids of the machines that led to the sandbox; its own is the last. */
    public List<String> lineage() {
        return state.past().lineage();
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            computer.release(lane);
        }
    }
}
