package dev.microsandbox.vmm.agent;

import dev.microsandbox.vmm.SandboxLostException;
import java.time.Duration;

/**
 * A sandbox's quiesced connection: the agent has read everything that was sent, and nothing is sent
 * until this is closed. Calls keep waiting meanwhile, for minutes if necessary. It has two uses:
 *
 * <ul>
 *   <li>A snapshot: quiesce, pause the machine, save it, resume it, {@link #close}. The calls in
 *       progress continue; they are not part of the snapshot.
 *   <li>A restore in place: quiesce, pause the machine, {@link #forget}, restore it, resume it,
 *       {@link #renew}, {@link #close}.
 * </ul>
 *
 * <p>Not thread-safe, but not bound to one thread.
 */
public final class QuiescedConnection implements AutoCloseable {

    private final AgentConnection connection;
    private boolean forgotten;
    private boolean renewed;
    private boolean closed;

    QuiescedConnection(AgentConnection connection) {
        this.connection = connection;
    }

    /**
     * Ends the calls in progress and drops what the agent still sends, because the machine is about
     * to be restored to a state that knows nothing of them. Must be called before the restored
     * machine runs.
     *
     * @param reason the readable message with which the calls fail
     */
    public void forget(String reason) {
        forgotten = true;
        renewed = false;
        connection.forget(reason);
    }

    /**
     * Gives the restored machine, which runs again, its own identity: see {@link RenewRequest}.
     * Until this returns, the agent starts nothing that a call could observe.
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

    /** Lets the calls continue. Stops a machine that was restored and not renewed. */
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
