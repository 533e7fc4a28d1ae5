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
 * One sandbox, from the order to start it until it is closed. It starts on a thread of its own: a
 * caller that gives up waiting does not stop it for the others. Thread-safe.
 */
public final class ManagedSandbox {

    private static final Logger log = LoggerFactory.getLogger(ManagedSandbox.class);

    private final Capacity.Reservation reservation;
    private final CompletableFuture<Sandbox> started = new CompletableFuture<>();
    private final CountDownLatch over = new CountDownLatch(1);
    private final Thread starter;

    private @Nullable String closeReason;

    /** How the sandbox comes to be. */
    public interface Maker {
        Sandbox make() throws InterruptedException;
    }

    /**
     * Starts at once.
     *
     * @param reservation its share of the totals; this object's from now on
     * @param runs called when it runs, unless it has been closed by then
     */
    public ManagedSandbox(Maker maker, Capacity.Reservation reservation, Runnable runs) {
        this.reservation = reservation;
        starter = Thread.ofVirtual().name("sandbox-start").unstarted(() -> start(maker, runs));
        starter.start();
    }

    private void start(Maker maker, Runnable runs) {
        Sandbox sandbox;
        try {
            sandbox = maker.make();
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
        runs.run();
    }

    private void fail(Throwable reason) {
        release();
        started.completeExceptionally(reason);
    }

    private void release() {
        reservation.release();
        over.countDown();
    }

    private synchronized boolean publish(Sandbox sandbox) {
        return closeReason == null && started.complete(sandbox);
    }

    /**
     * Waits until it runs.
     *
     * @throws SandboxException if it does not come up
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

    /** Why it did not come up; empty if it runs, or still starts. */
    public Optional<SandboxException> failure() {
        return hasFailed() ? Optional.of(failure(started.exceptionNow())) : Optional.empty();
    }

    public boolean isRunning() {
        return started.isDone() && !started.isCompletedExceptionally();
    }

    /** Whether it did not come up. */
    boolean hasFailed() {
        return started.isCompletedExceptionally();
    }

    /** Whether it failed to start, or ran and died. */
    public boolean isDead() {
        return started.isDone() && (hasFailed() || !started.join().isAlive());
    }

    /**
     * Stops it and gives its resources back; the first reason given counts. One that still starts
     * is interrupted and closed by its own thread.
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

    /** Waits until its resources are given back; false if that takes too long. */
    boolean awaitOver(Duration patience) throws InterruptedException {
        return over.await(patience.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Why it was closed; null if it was not. */
    public synchronized @Nullable String closeReason() {
        return closeReason;
    }
}
