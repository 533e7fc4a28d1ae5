package dev.microsandbox.mcp.session;

import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxException;
import dev.microsandbox.vmm.SandboxFactory;
import dev.microsandbox.vmm.SandboxStartException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One sandbox of a session, from the order to start it until it is closed. It starts on a thread of
 * its own: a caller that gives up waiting does not stop it for the others.
 */
final class SandboxStart {

    private static final Logger log = LoggerFactory.getLogger(SandboxStart.class);

    private final Capacity.Reservation reservation;
    private final CompletableFuture<Sandbox> started = new CompletableFuture<>();
    private final Thread starter;
    private final long orderedAt;

    private @Nullable String closeReason;

    /** Starts at once. The reservation is this object's from now on. */
    SandboxStart(
            SandboxFactory factory,
            SandboxConfig config,
            Capacity.Reservation reservation,
            long orderedAt) {
        this.reservation = reservation;
        this.orderedAt = orderedAt;
        starter = Thread.ofVirtual().name("sandbox-start").unstarted(() -> start(factory, config));
        starter.start();
    }

    private void start(SandboxFactory factory, SandboxConfig config) {
        Sandbox sandbox;
        try {
            sandbox = factory.start(config);
        } catch (InterruptedException e) {
            fail(new SandboxStartException("The sandbox was closed while it started.", e));
            return;
        } catch (Throwable e) {
            // Whatever it was belongs to the callers that wait; nobody else would ever see it.
            fail(e);
            return;
        }
        if (!publish(sandbox)) {
            boolean _ = Thread.interrupted(); // it has done its work; closing is to go on
            sandbox.close();
            fail(new SandboxStartException("The sandbox was closed while it started.", null));
            return;
        }
        log.info("{} runs on {}", sandbox.id(), sandbox.machine());
        // More of the kind are to be expected, this session's next one for instance.
        factory.prepare(config);
    }

    private void fail(Throwable reason) {
        reservation.release();
        started.completeExceptionally(reason);
    }

    private synchronized boolean publish(Sandbox sandbox) {
        return closeReason == null && started.complete(sandbox);
    }

    /** Waits until it runs. */
    Sandbox await() throws InterruptedException {
        try {
            return started.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof SandboxException known) {
                throw known;
            }
            throw new SandboxStartException("The sandbox did not start.", e.getCause());
        }
    }

    boolean isRunning() {
        return started.isDone() && !started.isCompletedExceptionally();
    }

    /** Whether it failed to start, or ran and died. */
    boolean isDead() {
        return started.isDone() && (!isRunning() || !started.join().isAlive());
    }

    /** When it was ordered, on the session's clock. */
    long orderedAt() {
        return orderedAt;
    }

    /**
     * Stops it and gives its resources back; the first reason given counts. One that still starts
     * is interrupted and closed by its own thread.
     */
    void close(String reason) {
        synchronized (this) {
            if (closeReason != null) {
                return;
            }
            closeReason = reason;
            if (!started.isDone()) {
                starter.interrupt();
                return;
            }
        }
        if (isRunning()) {
            started.join().close();
            reservation.release();
        }
    }

    /** Why it was closed; null if it was not. */
    synchronized @Nullable String closeReason() {
        return closeReason;
    }
}
