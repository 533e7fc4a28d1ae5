package dev.microsandbox.mcp.session;

import dev.microsandbox.mcp.life.SessionClient;
import dev.microsandbox.mcp.life.SessionHost;
import dev.microsandbox.mcp.life.SessionLifecycle;
import dev.microsandbox.mcp.session.computer.SessionClock;
import dev.microsandbox.mcp.session.disk.Leftovers;
import dev.microsandbox.mcp.session.disk.SessionDirectory;
import dev.microsandbox.mcp.session.disk.SessionFile;
import dev.microsandbox.mcp.session.limits.PoolLimits;
import dev.microsandbox.mcp.session.limits.SandboxLimits;
import dev.microsandbox.mcp.session.limits.SessionException;
import dev.microsandbox.mcp.session.limits.Terms;
import dev.microsandbox.mcp.session.supply.Capacity;
import dev.microsandbox.mcp.session.supply.OwnCapacity;
import dev.microsandbox.mcp.session.supply.SandboxSupply;
import dev.microsandbox.vmm.SandboxFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sandboxes of all MCP sessions. The first call of a session starts its sandbox. The sandbox is
 * closed with the session, at the end of its lifetime, or with this object. An idle sandbox is
 * closed, or suspended to disk until the next call. Thread-safe.
 */
public final class SandboxSessions implements SessionHost, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(SandboxSessions.class);

    private final Function<String, Terms> termsOfNamespace;
    private final Path directory;
    private final SessionClock clock;
    private final SandboxSupply supply;
    private final Map<String, Tenant> tenants = new ConcurrentHashMap<>();
    private final Map<String, SandboxSession> sessions = new ConcurrentHashMap<>();

    /** The clients of sessions that can be resumed after the server was killed, by session id. */
    private final Map<String, SessionClient> clients = new ConcurrentHashMap<>();

    /** Kept sessions that no client has used since the server's start; they stay kept. */
    private final Set<String> waiting = ConcurrentHashMap.newKeySet();

    private final SessionLifecycle lifecycle;

    private volatile boolean keepsUnused;
    private volatile boolean closed;

    /**
     * Creates the registry, which has no sessions yet.
     *
     * @param termsOfNamespace the terms of each namespace, asked whenever they count
     * @param totals what all sandboxes together may use
     * @param directory where checkpoints and suspended sandboxes are stored; created when needed
     */
    public SandboxSessions(
            SandboxFactory factory,
            Function<String, Terms> termsOfNamespace,
            SandboxLimits totals,
            PoolLimits pool,
            Path directory,
            SessionClock clock) {
        this(
                factory,
                termsOfNamespace,
                new OwnCapacity(totals.cpus(), totals.memoryBytes()),
                pool,
                directory,
                clock);
    }

    /**
     * As the other constructor, with totals that may be those of several processes.
     *
     * @param capacity the resources of all sandboxes together
     */
    public SandboxSessions(
            SandboxFactory factory,
            Function<String, Terms> termsOfNamespace,
            Capacity capacity,
            PoolLimits pool,
            Path directory,
            SessionClock clock) {
        this.termsOfNamespace = termsOfNamespace;
        this.directory = directory;
        this.clock = clock;
        supply = new SandboxSupply(factory, capacity, pool, clock.monotonic());
        lifecycle =
                new SessionLifecycle(
                        namespace -> termsOfNamespace.apply(namespace).lifespan().sessionTimes(),
                        this::sweepInterval,
                        this,
                        clock.monotonic());
    }

    /** The shortest interval that a namespace needs which has sessions, or has had some. */
    private Duration sweepInterval() {
        return tenants.values().stream()
                .map(tenant -> tenant.terms().get().lifespan().sweepInterval())
                .min(Comparator.naturalOrder())
                .orElse(Duration.ofSeconds(1));
    }

    /**
     * Finds an MCP session, or creates it if it is new.
     *
     * @param sessionId the id of the MCP session
     * @param namespace the namespace of the session; used only when the session is created
     * @throws SessionException if the server is stopping
     */
    public SandboxSession session(String sessionId, String namespace) {
        if (closed) {
            throw stopping();
        }
        SandboxSession session =
                sessions.computeIfAbsent(
                        sessionId,
                        id -> {
                            if (waiting.contains(id)) {
                                throw stopping();
                            }
                            return open(id, namespace);
                        });
        if (closed) {
            end(sessionId);
            throw stopping();
        }
        return session;
    }

    private static SessionException stopping() {
        return new SessionException("The server is stopping.");
    }

    private SandboxSession open(String sessionId, String namespace) {
        Tenant tenant = tenant(namespace);
        SandboxSession session =
                new SandboxSession(
                        clients.get(sessionId),
                        tenant.terms(),
                        tenant.supply(),
                        new SessionDirectory(directory, sessionId, tenant.disk()),
                        clock);
        session.takeOver();
        return session;
    }

    /** What a namespace uses. */
    Tenant tenant(String namespace) {
        return tenants.computeIfAbsent(
                namespace,
                name ->
                        Tenant.of(
                                name,
                                () -> termsOfNamespace.apply(name),
                                supply,
                                directory,
                                clock.monotonic()));
    }

    /**
     * Counts a call of a tool.
     *
     * @throws SessionException if the namespace has made as many in the last minute as it may
     */
    public void countCall(String namespace) {
        tenant(namespace).calls().count();
    }

    /** Decides when sessions end. Transports register the sessions that they open with it. */
    public SessionLifecycle lifecycle() {
        return lifecycle;
    }

    @Override
    public void begin() {
        Leftovers.remove(directory, clock.now());
    }

    /** As {@link SessionHost#remember}. Must be called before the session's first call. */
    @Override
    public void remember(String sessionId, SessionClient client) {
        clients.put(sessionId, client);
    }

    /**
     * Suspends a session because the server stops. After the next start it can be resumed under the
     * same id.
     *
     * @return false if there is nothing to keep, or it cannot be kept; the caller must then end the
     *     session
     */
    @Override
    public boolean keep(String sessionId, SessionClient client) {
        if (!termsOfNamespace.apply(client.namespace()).lifespan().suspend()) {
            return false;
        }
        SandboxSession session =
                sessions.computeIfAbsent(
                        sessionId,
                        id -> {
                            waiting.add(id);
                            return null;
                        });
        if (session != null) {
            return session.keep(client, keepsUnused);
        }
        // A session that nobody has used since the server's start stays kept as it is.
        return kept(sessionId).isPresent()
                || (keepsUnused && open(sessionId, client.namespace()).keep(client, true));
    }

    /**
     * From now on, sessions that have had no computer are kept too. For a process that ends
     * although its server goes on.
     */
    public void keepUnused() {
        keepsUnused = true;
    }

    /** The client of a session that an earlier server process has kept; empty if there is none. */
    @Override
    public Optional<SessionClient> kept(String sessionId) {
        return SessionDirectory.isName(sessionId)
                ? new SessionDirectory(directory, sessionId)
                        .kept(clock.now())
                        .map(SessionFile::client)
                : Optional.empty();
    }

    /** Closes the computers of an MCP session that has ended. Ignores unknown ids. */
    @Override
    public void end(String sessionId) {
        clients.remove(sessionId);
        SandboxSession session = sessions.remove(sessionId);
        if (session == null) {
            session =
                    kept(sessionId).map(client -> open(sessionId, client.namespace())).orElse(null);
        }
        if (session != null) {
            session.end("was closed because its session ended");
        }
    }

    /**
     * Whether the session has had a computer. A session that an earlier process kept has files, and
     * so has had one.
     */
    @Override
    public boolean hasBegun(String sessionId) {
        SandboxSession session = sessions.get(sessionId);
        return session != null
                ? session.hasBegun()
                : SessionDirectory.isName(sessionId) && Files.exists(directory.resolve(sessionId));
    }

    /** The number of sandboxes that run or start now, including those of the warm pool. */
    public int sandboxes() {
        return supply.sandboxes();
    }

    /** The number of a namespace's sandboxes that run or start now, without the warm pool. */
    public int sandboxesOf(String namespace) {
        return tenant(namespace).supply().account().sandboxes();
    }

    /** Closes or suspends every sandbox whose time is over, and maintains the warm pool. */
    @Override
    public void sweep() {
        for (SandboxSession session : sessions.values()) {
            try {
                session.sweep();
            } catch (RuntimeException e) {
                // A failure in one session must not keep the sandboxes of others alive forever.
                log.warn("A sandbox could not be closed", e);
            }
        }
        supply.maintain();
    }

    /** Closes all sandboxes in parallel and waits until they are closed. Idempotent. */
    @Override
    public void close() {
        closed = true;
        lifecycle.close();
        List<Thread> closers = new ArrayList<>();
        closers.add(Thread.startVirtualThread(supply::close));
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
