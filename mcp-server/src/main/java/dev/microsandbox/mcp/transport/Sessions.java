package dev.microsandbox.mcp.transport;

import dev.microsandbox.mcp.life.SessionClient;
import dev.microsandbox.mcp.life.SessionConnection;
import dev.microsandbox.mcp.life.SessionLifecycle;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Finds the sessions of an HTTP server for its requests, and limits their number. {@link
 * SessionLifecycle} decides when they end. Thread-safe.
 */
final class Sessions {

    private final SessionLifecycle lifecycle;
    private final Predicate<Caller> stillAllowed;
    private final SessionPlaces places;

    /** A session together with the caller that owns it. */
    private final class OwnedSession implements SessionConnection {

        final TransportSession session;
        final Caller owner;

        OwnedSession(TransportSession session, Caller owner) {
            this.session = session;
            this.owner = owner;
        }

        @Override
        public String id() {
            return session.id();
        }

        @Override
        public Object owner() {
            return owner;
        }

        @Override
        public String namespace() {
            return owner.namespace();
        }

        @Override
        public boolean isOwnerAllowed() {
            return stillAllowed.test(owner);
        }

        @Override
        public boolean isBusy() {
            return !session.calls().isIdle();
        }

        @Override
        public Optional<SessionClient> client() {
            return session.client(owner);
        }

        @Override
        public void close() {
            try {
                session.close();
            } finally {
                places.closed(session.id());
            }
        }
    }

    /**
     * Creates a registry without sessions.
     *
     * @param lifecycle decides when sessions end
     * @param limits how many sessions there may be
     * @param stillAllowed whether a caller that was admitted earlier would still be admitted now
     */
    Sessions(SessionLifecycle lifecycle, SessionLimits limits, Predicate<Caller> stillAllowed) {
        this.lifecycle = lifecycle;
        this.stillAllowed = stillAllowed;
        this.places =
                new SessionPlaces(
                        limits,
                        lifecycle::isUnused,
                        id -> lifecycle.end(id, "it had no computer and gave way to a newer one"));
    }

    /** As {@link SessionPlaces#reserve}. */
    Optional<SessionPlaces.Shortage> reserve(Caller caller) {
        return places.reserve(caller.namespace());
    }

    /** Releases a reserved place for which no session was created. */
    void release(Caller caller) {
        places.release(caller.namespace());
    }

    /** Adds a session, which takes a reserved place. */
    void add(TransportSession session, Caller owner) {
        places.opened(session.id(), owner.namespace());
        lifecycle.open(new OwnedSession(session, owner));
    }

    /** How many sessions the caller's namespace has, and how many it may have. */
    String inWords(Caller caller) {
        return "%d of %d sessions"
                .formatted(places.has(caller.namespace()), places.most(caller.namespace()));
    }

    /**
     * Finds a session of a caller and restarts the session's idle time.
     *
     * @return empty also if the session belongs to another caller or another transport
     */
    <S extends TransportSession> Optional<S> use(String id, Caller caller, Class<S> kind) {
        Optional<S> found = find(id, caller, kind);
        found.ifPresent(session -> lifecycle.use(id));
        return found;
    }

    /** As {@link #use}, but does not restart the idle time. */
    <S extends TransportSession> Optional<S> find(String id, Caller caller, Class<S> kind) {
        return lifecycle
                .find(id)
                .filter(OwnedSession.class::isInstance)
                .map(OwnedSession.class::cast)
                .filter(owned -> owned.owner.equals(caller))
                .map(owned -> owned.session)
                .filter(kind::isInstance)
                .map(kind::cast);
    }

    /** Finds a session of a caller that was kept when an earlier server process ended. */
    Optional<SessionClient> kept(String id, Caller caller) {
        return lifecycle
                .kept(id)
                .filter(client -> caller.equals(new Caller(client.namespace(), client.keyId())));
    }

    List<TransportSession> all() {
        return lifecycle.all().stream()
                .filter(OwnedSession.class::isInstance)
                .map(owned -> ((OwnedSession) owned).session)
                .toList();
    }

    /** As {@link HttpServer#activity}. */
    HttpServer.Activity activity() {
        List<SessionConnection> open = lifecycle.all();
        long busy = open.stream().filter(one -> one.isBusy() || one.client().isEmpty()).count();
        return new HttpServer.Activity(open.size(), (int) busy);
    }

    /** As {@link SessionLifecycle#end}. */
    void end(String id, String why) {
        lifecycle.end(id, why);
    }

    /** Ends all sessions of a kind in parallel, and waits until they have ended. */
    void endAll(Class<? extends TransportSession> kind, String why) throws InterruptedException {
        lifecycle.endAll(
                all().stream().filter(kind::isInstance).map(TransportSession::id).toList(), why);
    }

    /** As {@link SessionLifecycle#beginStop}. */
    void beginStop() {
        lifecycle.beginStop();
    }

    /** As {@link SessionLifecycle#stopAll}. */
    void stopAll() throws InterruptedException {
        lifecycle.stopAll();
    }
}
