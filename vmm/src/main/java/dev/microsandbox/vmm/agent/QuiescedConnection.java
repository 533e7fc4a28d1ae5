package dev.microsandbox.vmm.agent;

import dev.microsandbox.vmm.SandboxLostException;
import java.time.Duration;

/**
 * A sandbox's connection at rest: nothing is under way to the agent, and nothing is sent until this
 * is closed. Calls go on waiting meanwhile, for minutes if need be. Made for two things:
 *
 * <ul>
 *   <li>A snapshot: hold, pause the machine, save it, resume it, {@link #close}. The calls under
 *       way go on; in the snapshot they are not.
 *   <li>A rollback in place: hold, pause the machine, {@link #forget}, put it back, resume it,
 *       {@link #renew}, {@link #close}.
 * </ul>
 *
 * <p>Not thread-safe; may be handed from thread to thread.
 */
public final class Hold implements AutoCloseable {

    private final AgentConnection connection;
    private boolean forgotten;
    private boolean renewed;
    private boolean closed;

    Hold(AgentConnection connection) {
        this.connection = connection;
    }

    /**
     * Ends the calls under way and drops what the agent has still to say: the machine is about to
     * be put back to where it knows nothing of them. To be called before it runs from there.
     *
     * @param reason what the calls fail with, for a person to read
     */
    public void forget(String reason) {
        forgotten = true;
        renewed = false;
        connection.forget(reason);
    }

    /**
     * Makes the machine, which runs again, one of its own: see {@link RenewRequest}. Before this
     * returns, nothing runs in it that a call could see.
     *
     * @throws SandboxLostException if the agent refuses or does not answer in time; the machine is
     *     stopped
     */
    public void renew(RenewRequest request, Duration timeout) throws InterruptedException {
        if (!forgotten) {
            throw new IllegalStateException("forget() comes before renew()");
        }
        connection.renew(request, timeout);
        renewed = true;
    }

    /** Lets the calls go on. A machine that was put back and not renewed is stopped. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (forgotten && !renewed) {
            connection.fail("The sandbox was lost while its machine was put back.");
        }
        connection.release();
    }
}
