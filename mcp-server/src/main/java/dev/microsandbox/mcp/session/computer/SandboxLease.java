package dev.microsandbox.mcp.session.computer;

import dev.microsandbox.mcp.session.computer.ComputerState.WithSandbox;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxLostException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A call's right to use a computer's sandbox. While it is open the sandbox is not idle, and calls
 * of the same lane wait.
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

    /** The sandbox; not to be closed by the caller. */
    public Sandbox sandbox() {
        return sandbox;
    }

    /**
     * What the caller has to be told: that this sandbox replaces one whose state is lost, or has
     * slept. Who asks has to tell: the next call will not be.
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

    /** The hint that a call before has left. Who takes it has to tell it. */
    public Optional<String> takeHint() {
        return computer.takeHint();
    }

    /** How long the sandbox may still live. */
    public Duration remainingLifetime() {
        return computer.remaining(state.past());
    }

    /** How long after its last call the sandbox is closed. */
    public Duration idleTimeout() {
        return computer.idleTimeout();
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

    /** To which checkpoint the computer was put back under this call, which has failed. */
    public Optional<String> restoredTo() throws InterruptedException {
        return computer.awaitRestoredSince(arrived);
    }

    /** All computers of the session. */
    public List<ComputerSummary> computers() {
        return computer.family();
    }

    /** To be closed when a checkpoint has been written; as {@link TurnLock#save}. */
    public TurnLock.Saving saving() {
        return computer.saving();
    }

    /** The machines that the sandbox comes from. */
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
