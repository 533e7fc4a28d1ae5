package dev.microsandbox.mcp.life;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sessions that are open, and the only place where they end. Clients rarely close theirs, so
 * sessions end by themselves: when idle, when old, and when their owner would not be let in any
 * more. One thread looks for that, and lets the host look after what sessions have. Thread-safe.
 */
public final class SessionLives implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(SessionLives.class);

    private final SessionTimes times;
    private final Duration pause;
    private final SessionHost host;
    private final LongSupplier clock;
    private final ConcurrentHashMap<String, Life> lives = new ConcurrentHashMap<>();
    private final Thread sweeper;
    private volatile boolean stopping;

    private static final class Life {
        final SessionConnection connection;
        final long opened;
        volatile long used;

        Life(SessionConnection connection, long now) {
            this.connection = connection;
            opened = now;
            used = now;
        }
    }

    /**
     * Begins to look after sessions.
     *
     * @param pause between two looks
     * @param host has what belongs to them
     * @param clock monotonic, in nanoseconds
     */
    public SessionLives(SessionTimes times, Duration pause, SessionHost host, LongSupplier clock) {
        this.times = times;
        this.pause = pause;
        this.host = host;
        this.clock = clock;
        sweeper = Thread.ofVirtual().name("session-sweeper").start(this::sweepForEver);
    }

    /** A session begins, or goes on. */
    public void open(SessionConnection connection) {
        connection.client().ifPresent(client -> host.remember(connection.id(), client));
        lives.put(connection.id(), new Life(connection, clock.getAsLong()));
    }

    /** How a client is connected with a session; empty if that is not open. */
    public Optional<SessionConnection> find(String id) {
        return Optional.ofNullable(lives.get(id)).map(life -> life.connection);
    }

    /** A session is used: its idle time begins again. */
    public void use(String id) {
        Life life = lives.get(id);
        if (life != null) {
            life.used = clock.getAsLong();
        }
    }

    /** All that are open. */
    public List<SessionConnection> all() {
        return lives.values().stream().map(life -> life.connection).toList();
    }

    /** As {@link SessionHost#kept}. */
    public Optional<SessionClient> kept(String id) {
        return host.kept(id);
    }

    /** Ends a session; does nothing if that has been done. */
    public void end(String id, String why) {
        Life life = lives.remove(id);
        if (life == null) {
            return;
        }
        log.info("session {} of namespace {} ended: {}", id, life.connection.namespace(), why);
        close(life);
        host.end(id);
    }

    private static void close(Life life) {
        try {
            life.connection.close();
        } catch (RuntimeException e) {
            log.warn("session {} did not close cleanly", life.connection.id(), e);
        }
    }

    /** No session ends by itself any more: the server is about to stop them all. */
    public void beginStop() {
        stopping = true;
    }

    /** Keeps all sessions that can go on, ends the others, and waits until that is done. */
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
        Life life = lives.remove(id);
        if (life == null) {
            return;
        }
        close(life);
        boolean kept = false;
        try {
            kept = life.connection.client().map(client -> host.keep(id, client)).orElse(false);
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

    /** Ends some, side by side, and waits until that is done. */
    public void endAll(List<String> ids, String why) throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (String id : ids) {
            threads.add(startEnding(id, why));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private void sweepForEver() {
        // A host that takes long does not hold up the end of sessions.
        Thread hosts = Thread.ofVirtual().name("session-host-sweep").start(this::begin);
        try {
            while (true) {
                Thread.sleep(pause);
                if (!stopping) {
                    sweep();
                }
                if (!hosts.isAlive()) {
                    hosts = Thread.ofVirtual().name("session-host-sweep").start(this::sweepHost);
                }
            }
        } catch (InterruptedException e) {
            hosts.interrupt();
            log.debug("no more sweeping");
        }
    }

    private void begin() {
        try {
            host.begin();
        } catch (RuntimeException e) {
            log.warn("what is left over from earlier sessions could not be looked after", e);
        }
    }

    private void sweepHost() {
        try {
            host.sweep();
        } catch (RuntimeException e) {
            log.warn("what sessions have could not be looked after", e);
        }
    }

    private void sweep() {
        // One question an owner, not one a session.
        Map<Object, Boolean> allowed = new HashMap<>();
        for (Life life : lives.values()) {
            String why = whyToEnd(life, allowed);
            if (why != null) {
                startEnding(life.connection.id(), why);
            }
        }
    }

    private @Nullable String whyToEnd(Life life, Map<Object, Boolean> allowed) {
        SessionConnection connection = life.connection;
        long now = clock.getAsLong();
        if (connection.isBusy()) {
            life.used = now;
        }
        try {
            if (now - life.used > times.idle().toNanos()) {
                return "idle for " + times.idle();
            }
            if (now - life.opened > times.lifetime().toNanos()) {
                return "older than " + times.lifetime();
            }
            if (!allowed.computeIfAbsent(connection.owner(), _ -> connection.isOwnerAllowed())) {
                return "its API key is no longer valid";
            }
        } catch (RuntimeException e) {
            log.warn("session {} could not be checked", connection.id(), e);
        }
        return null;
    }

    /** Closing a sandbox takes time; nobody should wait for somebody else's. */
    private Thread startEnding(String id, String why) {
        return Thread.ofVirtual().name("session-end").start(() -> end(id, why));
    }

    /** Looks after sessions no more. */
    @Override
    public void close() {
        sweeper.interrupt();
    }
}
