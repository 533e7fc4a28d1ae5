package dev.microsandbox.mcp.transport;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The open sessions of an HTTP server. Clients rarely close theirs, so sessions end by themselves:
 * when idle, when old, and when their key is no longer valid. Thread-safe.
 */
final class Sessions {

    private static final Logger log = LoggerFactory.getLogger(Sessions.class);

    private static final Duration SWEEP = Duration.ofSeconds(1);

    private final SessionLimits limits;
    private final Predicate<Caller> stillAllowed;
    private final SessionEndListener ended;
    private final SessionKeeper keeper;
    private final ConcurrentHashMap<String, Entry> entries = new ConcurrentHashMap<>();
    private final Semaphore free;
    private volatile @Nullable Thread sweeper;

    private static final class Entry {
        final TransportSession session;
        final Caller owner;
        final long opened = System.nanoTime();
        volatile long used = opened;

        Entry(TransportSession session, Caller owner) {
            this.session = session;
            this.owner = owner;
        }
    }

    /**
     * A registry without sessions.
     *
     * @param stillAllowed whether a caller that was let in before would be let in now
     * @param keeper asked at the server's stop
     */
    Sessions(
            SessionLimits limits,
            Predicate<Caller> stillAllowed,
            SessionEndListener ended,
            SessionKeeper keeper) {
        this.keeper = keeper;
        this.limits = limits;
        this.stillAllowed = stillAllowed;
        this.ended = ended;
        this.free = new Semaphore(limits.maxSessions());
    }

    /** Takes a place for a session that is about to be made; false if there is none. */
    boolean reserve() {
        return free.tryAcquire();
    }

    /** Gives a place back for which no session was made. */
    void release() {
        free.release();
    }

    /** Adds a session to which a place was given. */
    void add(TransportSession session, Caller owner) {
        session.kept(owner).ifPresent(keeper::opened);
        entries.put(session.id(), new Entry(session, owner));
    }

    /**
     * Finds a session of a caller and counts that as use of it.
     *
     * @return empty also if the session is somebody else's or of another transport
     */
    <S extends TransportSession> Optional<S> use(String id, Caller caller, Class<S> kind) {
        Entry entry = owned(id, caller, kind);
        if (entry == null) {
            return Optional.empty();
        }
        entry.used = System.nanoTime();
        return Optional.of(kind.cast(entry.session));
    }

    /** As {@link #use}, but leaves the idle clock alone. */
    <S extends TransportSession> Optional<S> find(String id, Caller caller, Class<S> kind) {
        Entry entry = owned(id, caller, kind);
        return entry == null ? Optional.empty() : Optional.of(kind.cast(entry.session));
    }

    private @Nullable Entry owned(String id, Caller caller, Class<?> kind) {
        Entry entry = entries.get(id);
        return entry != null && entry.owner.equals(caller) && kind.isInstance(entry.session)
                ? entry
                : null;
    }

    List<TransportSession> all() {
        return entries.values().stream().map(entry -> entry.session).toList();
    }

    /** Ends a session; does nothing if that has been done. */
    void end(String id, String why) {
        Entry entry = entries.remove(id);
        if (entry == null) {
            return;
        }
        log.info("session {} of namespace {} ended: {}", id, entry.owner.namespace(), why);
        close(entry);
        ended.sessionEnded(id);
    }

    private void close(Entry entry) {
        try {
            entry.session.close();
        } catch (RuntimeException e) {
            log.warn("session {} did not close cleanly", entry.session.id(), e);
        } finally {
            free.release();
        }
    }

    /** Closes a session, and ends it unless it is kept; does nothing if that has been done. */
    private void stop(String id) {
        Entry entry = entries.remove(id);
        if (entry == null) {
            return;
        }
        close(entry);
        boolean kept = false;
        try {
            kept = entry.session.kept(entry.owner).map(keeper::keep).orElse(false);
        } catch (RuntimeException e) {
            log.warn("session {} cannot be kept", id, e);
        }
        if (kept) {
            log.info("session {} is suspended until the next start", id);
        } else {
            log.info("session {} ended: the server stops", id);
            ended.sessionEnded(id);
        }
    }

    /** Stops all sessions, side by side, and waits until that is done. */
    void stopAll() throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (TransportSession session : all()) {
            threads.add(
                    Thread.ofVirtual().name("mcp-session-stop").start(() -> stop(session.id())));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    void startSweeping() {
        Duration quarter = limits.idle().dividedBy(4);
        Duration pause = quarter.compareTo(SWEEP) < 0 ? quarter : SWEEP;
        sweeper = Thread.ofVirtual().name("mcp-session-sweeper").start(() -> sweepForEver(pause));
    }

    /** Ends all sessions of a kind, side by side, and waits until that is done. */
    void endAll(Class<? extends TransportSession> kind, String why) throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (TransportSession session : all()) {
            if (kind.isInstance(session)) {
                threads.add(startEnding(session.id(), why));
            }
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    void stopSweeping() {
        Thread thread = sweeper;
        if (thread != null) {
            thread.interrupt();
        }
    }

    private void sweepForEver(Duration pause) {
        try {
            while (true) {
                Thread.sleep(pause);
                // One question a caller, not one a session.
                Map<Caller, Boolean> allowed = new HashMap<>();
                for (Entry entry : entries.values()) {
                    sweep(entry, allowed);
                }
            }
        } catch (InterruptedException e) {
            log.debug("no more sweeping");
        }
    }

    private void sweep(Entry entry, Map<Caller, Boolean> allowed) {
        long now = System.nanoTime();
        if (!entry.session.calls().isIdle()) {
            entry.used = now;
        }
        String why = null;
        try {
            if (now - entry.used > limits.idle().toNanos()) {
                why = "idle for " + limits.idle();
            } else if (now - entry.opened > limits.lifetime().toNanos()) {
                why = "older than " + limits.lifetime();
            } else if (!allowed.computeIfAbsent(entry.owner, stillAllowed::test)) {
                why = "its API key is no longer valid";
            }
        } catch (RuntimeException e) {
            log.warn("session {} could not be checked", entry.session.id(), e);
        }
        if (why != null) {
            startEnding(entry.session.id(), why);
        }
    }

    /** Closing a sandbox takes time; nobody should wait for somebody else's. */
    private Thread startEnding(String id, String why) {
        return Thread.ofVirtual().name("mcp-session-end").start(() -> end(id, why));
    }
}
