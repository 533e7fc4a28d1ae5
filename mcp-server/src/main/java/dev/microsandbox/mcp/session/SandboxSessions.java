package dev.microsandbox.mcp.session;

import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sandboxes of all MCP sessions. A session's sandbox is started by its first call, and closed
 * with the session, when it idles, at the end of its lifetime, or with this object. Thread-safe.
 */
public final class SandboxSessions implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(SandboxSessions.class);

    private final SandboxFactory factory;
    private final Function<String, SandboxConfig> configOfNamespace;
    private final SandboxLimits limits;
    private final LongSupplier clock;
    private final Capacity capacity;
    private final Map<String, SandboxSession> sessions = new ConcurrentHashMap<>();
    private final Thread sweeper;

    private volatile boolean closed;

    /**
     * @param configOfNamespace what a sandbox of a namespace is made of
     */
    public SandboxSessions(
            SandboxFactory factory,
            Function<String, SandboxConfig> configOfNamespace,
            SandboxLimits limits) {
        this(factory, configOfNamespace, limits, System::nanoTime);
    }

    SandboxSessions(
            SandboxFactory factory,
            Function<String, SandboxConfig> configOfNamespace,
            SandboxLimits limits,
            LongSupplier clock) {
        this.factory = factory;
        this.configOfNamespace = configOfNamespace;
        this.limits = limits;
        this.clock = clock;
        capacity = new Capacity(limits.cpus(), limits.memoryBytes());
        sweeper = Thread.ofVirtual().name("session-sweeper").start(this::sweepForever);
    }

    /**
     * Waits for the calls of the same lane that came before, then for the session's sandbox.
     *
     * @param sessionId the MCP session
     * @param namespace whose session it is; counts when the session's first call makes it known
     * @param starting called once if the sandbox has to be started or is starting
     * @throws SessionException if the session cannot be served now
     * @throws dev.microsandbox.vmm.SandboxStartException if the sandbox does not start
     */
    public SandboxLease acquire(String sessionId, String namespace, Lane lane, Runnable starting)
            throws InterruptedException {
        SandboxSession session = sessions.computeIfAbsent(sessionId, id -> open(namespace));
        if (closed) {
            end(sessionId);
            throw new SessionException("The server is stopping.");
        }
        return session.acquire(lane, starting);
    }

    private SandboxSession open(String namespace) {
        SandboxConfig config = configOfNamespace.apply(namespace);
        return new SandboxSession(factory, config, capacity, limits, clock);
    }

    /** Closes the sandbox of an MCP session that has ended; unknown ids are fine. */
    public void end(String sessionId) {
        SandboxSession session = sessions.remove(sessionId);
        if (session != null) {
            session.end("was closed because its session ended");
        }
    }

    /** How many sandboxes run or start now. */
    public int sandboxes() {
        return capacity.sandboxes();
    }

    private void sweepForever() {
        Duration shortest =
                limits.idleTimeout().compareTo(limits.lifetime()) < 0
                        ? limits.idleTimeout()
                        : limits.lifetime();
        long interval = Math.clamp(shortest.toMillis() / 20, 20, 5_000);
        try {
            while (true) {
                Thread.sleep(interval);
                sweep();
            }
        } catch (InterruptedException e) {
            log.debug("Session sweeper stops");
        }
    }

    /** Closes every sandbox whose time is over. */
    void sweep() {
        for (SandboxSession session : sessions.values()) {
            try {
                session.sweep();
            } catch (RuntimeException e) {
                // One session's trouble must not keep the others' sandboxes alive for ever.
                log.warn("A sandbox could not be closed", e);
            }
        }
    }

    /** Closes all sandboxes, at the same time, and waits until they are closed. Idempotent. */
    @Override
    public void close() {
        closed = true;
        sweeper.interrupt();
        List<Thread> closers = new ArrayList<>();
        for (SandboxSession session : sessions.values()) {
            closers.add(
                    Thread.startVirtualThread(
                            () -> session.end("was closed because the server stops")));
        }
        boolean interrupted = false;
        for (Thread closer : closers) {
            while (closer.isAlive()) {
                try {
                    closer.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        sessions.clear();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
