package dev.microsandbox.mcp.session;

import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxLostException;
import java.time.Duration;
import java.util.Optional;

/**
 * A call's right to use its session's sandbox. While it is open the sandbox is not idle, and calls
 * of the same lane wait.
 */
public final class SandboxLease implements AutoCloseable {

    private final SandboxSession session;
    private final Lane lane;
    private final SandboxStart start;
    private final Sandbox sandbox;
    private final Optional<String> notice;
    private boolean closed;

    SandboxLease(
            SandboxSession session,
            Lane lane,
            SandboxStart start,
            Sandbox sandbox,
            Optional<String> notice) {
        this.session = session;
        this.lane = lane;
        this.start = start;
        this.sandbox = sandbox;
        this.notice = notice;
    }

    /** The sandbox; not to be closed by the caller. */
    public Sandbox sandbox() {
        return sandbox;
    }

    /** What the caller has to be told: that this sandbox replaces one whose state is lost. */
    public Optional<String> notice() {
        return notice;
    }

    /** How long the sandbox may still live. */
    public Duration remainingLifetime() {
        return session.remaining(start);
    }

    /** How long after its last call the sandbox is closed. */
    public Duration idleTimeout() {
        return session.idleTimeout();
    }

    /**
     * Reports that the sandbox is gone, so that the session's next call gets a new one.
     *
     * @return an exception whose message tells the caller why, and what comes next
     */
    public SandboxLostException lost(SandboxLostException cause) {
        return session.lost(start, cause);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            session.release(lane);
        }
    }
}
