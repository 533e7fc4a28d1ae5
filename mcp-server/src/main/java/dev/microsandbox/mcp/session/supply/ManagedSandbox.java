package dev.microsandbox.mcp.session.supply;

import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxException;
import dev.microsandbox.vmm.SandboxStartException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One sandbox, from the request to start it until it is closed. It starts on its own thread, so a
 * caller that gives up waiting does not cancel the start for other callers. Thread-safe.
 */
public final class ManagedSandbox {

    private static final Logger log = LoggerFactory.getLogger(ManagedSandbox.class);

    private final Reservation reservation;
    private final CompletableFuture<Sandbox> started = new CompletableFuture<>();
    private final CountDownLatch released = new CountDownLatch(1);
    private final Thread starter;

    private @Nullable String closeReason;

    /** Creates the sandbox. */
    public interface Maker {
        Sandbox make() throws InterruptedException;
    }

    /**
     * Starts the sandbox at once.
     *
     * @param reservation the sandbox's resources; this object takes ownership
     * @param runs called when the sandbox runs, unless it has been closed by then
     */
    public ManagedSandbox(Maker maker, Reservation reservation, Runnable runs) {
        this.reservation = reservation;
        starter = Thread.ofVirtual().name("sandbox-start").unstarted(() -> start(maker, runs));
        boolean begun = false;
        try {
            starter.start();
            begun = true;
        } finally {
            if (!begun) {
                reservation.release();
            }
        }
    }

    /** Lets the sandbox, which nobody owned, belong to a namespace. */
    void chargeTo(Account.Share share) {
        reservation.chargeTo(share);
    }

    private void start(Maker maker, Runnable runs) {
        Sandbox sandbox;
        try {
            sandbox = maker.make();
        } catch (InterruptedException e) {
            fail(new SandboxStartException("The sandbox was closed while it started.", e));
            return;
        } catch (Throwable e) {
            // Pass any error to the waiting callers; nobody else would ever see it.
            fail(e);
            return;
        }
        if (!publish(sandbox)) {
            // Clear the interrupt, which has done its work: close() must not be interrupted.
            boolean _ = Thread.interrupted();
            sandbox.close();
            fail(new SandboxStartException("The sandbox was closed while it started.", null));
            return;
        }
        log.info("{} runs on {}", sandbox.id(), sandbox.machine());
        runs.run();
    }

    private void fail(Throwable reason) {
        release();
        started.completeExceptionally(reason);
    }

    private void release() {
        reservation.release();
        released.countDown();
    }

    private synchronized boolean publish(Sandbox sandbox) {
        return closeReason == null && started.complete(sandbox);
    }

    /**
     * Waits until the sandbox runs.
     *
     * @throws SandboxException if it fails to start
     */
    public Sandbox await() throws InterruptedException {
        try {
            return started.get();
        } catch (ExecutionException e) {
            throw failure(e.getCause());
        }
    }

    private static SandboxException failure(@Nullable Throwable cause) {
        return cause instanceof SandboxException known
                ? known
                : new SandboxStartException("The sandbox did not start.", cause);
    }

    /** Why the sandbox failed to start; empty if it runs or is still starting. */
    public Optional<SandboxException> failure() {
        return hasFailed() ? Optional.of(failure(started.exceptionNow())) : Optional.empty();
    }

    public boolean isRunning() {
        return started.isDone() && !started.isCompletedExceptionally();
    }

    /** Whether the sandbox failed to start. */
    boolean hasFailed() {
        return started.isCompletedExceptionally();
    }

    /** Whether the sandbox failed to start, or ran and died. */
    public boolean isDead() {
        return started.isDone() && (hasFailed() || !started.join().isAlive());
    }

    /**
     * Stops the sandbox and releases its resources. Only the first call counts, with its reason. A
     * sandbox that is still starting is interrupted and closed by its own thread.
     */
    public void close(String reason) {
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
            try {
                started.join().close();
            } finally {
                release();
            }
        }
    }

    /** Waits until the resources are released. Returns false if that takes too long. */
    boolean awaitReleased(Duration patience) throws InterruptedException {
        return released.await(patience.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Why the sandbox was closed; null if it was not. */
    public synchronized @Nullable String closeReason() {
        return closeReason;
    }
}
