package dev.microsandbox.mcp.life;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The registry of open HTTP sessions, and the only place where they end. Clients rarely close their
 * sessions, so this class ends them: when they are idle, when they reach their lifetime, and when
 * their owner would no longer be admitted. One thread checks this periodically and lets the host
 * sweep the sessions' computers. Thread-safe.
 */
public final class SessionLifecycle implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(SessionLifecycle.class);

    private final Function<String, SessionTimes> times;
    private final Supplier<Duration> pause;
    private final SessionHost host;
    private final LongSupplier clock;
    private final ConcurrentHashMap<String, OpenSession> openSessions = new ConcurrentHashMap<>();
    private final Thread sweeper;
    private volatile boolean stopping;

    private static final class OpenSession {
        final SessionConnection connection;
        final long opened;
        volatile long used;

        OpenSession(SessionConnection connection, long now) {
            this.connection = connection;
            opened = now;
            used = now;
        }
    }

    /**
     * Creates the registry and starts its sweeper thread.
     *
     * @param times when the sessions of a namespace end; asked at each sweep
     * @param pause time between two sweeps; asked after each
     * @param host owns the sessions' computers
     * @param clock monotonic clock in nanoseconds
     */
    public SessionLifecycle(
            Function<String, SessionTimes> times,
            Supplier<Duration> pause,
            SessionHost host,
            LongSupplier clock) {
        this.times = times;
        this.pause = pause;
        this.host = host;
        this.clock = clock;
        sweeper = Thread.ofVirtual().name("session-sweeper").start(this::sweepUntilClosed);
    }

    /** Registers a session that begins or resumes. */
    public void open(SessionConnection connection) {
        connection.client().ifPresent(client -> host.remember(connection.id(), client));
        openSessions.put(connection.id(), new OpenSession(connection, clock.getAsLong()));
    }

    /** The connection of an open session; empty if there is no such session. */
    public Optional<SessionConnection> find(String id) {
        return Optional.ofNullable(openSessions.get(id)).map(session -> session.connection);
    }

    /** Restarts the idle time of a session. */
    public void use(String id) {
        OpenSession session = openSessions.get(id);
        if (session != null) {
            session.used = clock.getAsLong();
        }
    }

    /** The connections of all open sessions. */
    public List<SessionConnection> all() {
        return openSessions.values().stream().map(session -> session.connection).toList();
    }

    /**
     * Whether an open session could end and lose nothing: it has had no computer, and no request is
     * running.
     */
    public boolean isUnused(String id) {
        OpenSession session = openSessions.get(id);
        return session != null && !session.connection.isBusy() && !host.hasBegun(id);
    }

    /** As {@link SessionHost#kept}. */
    public Optional<SessionClient> kept(String id) {
        return host.kept(id);
    }

    /** Ends a session. Does nothing if it has already ended. */
    public void end(String id, String why) {
        OpenSession session = openSessions.remove(id);
        if (session == null) {
            return;
        }
        log.info("session {} of namespace {} ended: {}", id, session.connection.namespace(), why);
        close(session);
        host.end(id);
    }

    private static void close(OpenSession session) {
        try {
            session.connection.close();
        } catch (RuntimeException e) {
            log.warn("session {} did not close cleanly", session.connection.id(), e);
        }
    }

    /** Stops ending sessions by time, because the server is about to stop them all. */
    public void beginStop() {
        stopping = true;
    }

    /** Keeps all sessions that can be resumed, ends the others, and waits until that is done. */
    public void stopAll() throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (SessionConnection each : all()) {
            threads.add(Thread.ofVirtual().name("session-stop").start(() -> stop(each.id())));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private void stop(String id) {
        OpenSession session = openSessions.remove(id);
        if (session == null) {
            return;
        }
        close(session);
        boolean kept = false;
        try {
            kept = session.connection.client().map(client -> host.keep(id, client)).orElse(false);
        } catch (RuntimeException e) {
            log.warn("session {} cannot be kept", id, e);
        }
        if (kept) {
            log.info("session {} is suspended until the next start", id);
        } else {
            log.info("session {} ended: the server stops", id);
            host.end(id);
        }
    }

    /** Ends the given sessions in parallel and waits until they have ended. */
    public void endAll(List<String> ids, String why) throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (String id : ids) {
            threads.add(startEnding(id, why));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private void sweepUntilClosed() {
        // Run the host's sweep on its own thread, so that a slow host does not delay the end of
        // sessions.
        Thread hosts = Thread.ofVirtual().name("session-host-sweep").start(this::begin);
        try {
            while (true) {
                Thread.sleep(pause.get());
                if (!stopping) {
                    sweep();
                }
                if (!hosts.isAlive()) {
                    hosts = Thread.ofVirtual().name("session-host-sweep").start(this::sweepHost);
                }
            }
        } catch (InterruptedException e) {
            hosts.interrupt();
            log.debug("the sweeper has stopped");
        }
    }

    private void begin() {
        try {
            host.begin();
        } catch (RuntimeException e) {
            log.warn("the files left over from earlier sessions could not be cleaned", e);
        }
    }

    private void sweepHost() {
        try {
            host.sweep();
        } catch (RuntimeException e) {
            log.warn("the computers of sessions could not be swept", e);
        }
    }

    private void sweep() {
        // Ask once for each owner, not for each session.
        Map<Object, Boolean> allowed = new HashMap<>();
        for (OpenSession session : openSessions.values()) {
            String why = whyToEnd(session, allowed);
            if (why != null) {
                startEnding(session.connection.id(), why);
            }
        }
    }

    private @Nullable String whyToEnd(OpenSession session, Map<Object, Boolean> allowed) {
        SessionConnection connection = session.connection;
        long now = clock.getAsLong();
        if (connection.isBusy()) {
            session.used = now;
        }
        try {
            SessionTimes limits = times.apply(connection.namespace());
            if (now - session.used > limits.idle().toNanos()) {
                return "idle for " + limits.idle();
            }
            if (now - session.opened > limits.lifetime().toNanos()) {
                return "older than " + limits.lifetime();
            }
            if (!allowed.computeIfAbsent(connection.owner(), _ -> connection.isOwnerAllowed())) {
                return "its API key is no longer valid";
            }
        } catch (RuntimeException e) {
            log.warn("session {} could not be checked", connection.id(), e);
        }
        return null;
    }

    /**
     * Ends a session on its own thread, because closing a sandbox takes time and must not delay
     * others.
     */
    private Thread startEnding(String id, String why) {
        return Thread.ofVirtual().name("session-end").start(() -> end(id, why));
    }

    /** Stops the sweeper thread. Open sessions stay open. */
    @Override
    public void close() {
        sweeper.interrupt();
    }
}
