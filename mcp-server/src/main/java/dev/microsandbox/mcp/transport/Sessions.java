package dev.microsandbox.mcp.transport;

import dev.microsandbox.mcp.life.SessionClient;
import dev.microsandbox.mcp.life.SessionConnection;
import dev.microsandbox.mcp.life.SessionLives;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Predicate;

/**
 * The sessions of an HTTP server, as requests find them, and the places that there are for them.
 * {@link SessionLives} says when they end. Thread-safe.
 */
final class Sessions {

    private final SessionLives lives;
    private final Predicate<Caller> stillAllowed;
    private final Semaphore free;

    /** A session as its owner's client is connected with it. */
    private final class Connection implements SessionConnection {

        final TransportSession session;
        final Caller owner;

        Connection(TransportSession session, Caller owner) {
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
                free.release();
            }
        }
    }

    /**
     * The sessions that live.
     *
     * @param most how many there may be
     * @param stillAllowed whether a caller that was let in before would be let in now
     */
    Sessions(SessionLives lives, int most, Predicate<Caller> stillAllowed) {
        this.lives = lives;
        this.stillAllowed = stillAllowed;
        this.free = new Semaphore(most);
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
        lives.open(new Connection(session, owner));
    }

    /**
     * Finds a session of a caller and counts that as use of it.
     *
     * @return empty also if the session is somebody else's or of another transport
     */
    <S extends TransportSession> Optional<S> use(String id, Caller caller, Class<S> kind) {
        Optional<S> found = find(id, caller, kind);
        found.ifPresent(session -> lives.use(id));
        return found;
    }

    /** As {@link #use}, but leaves the idle clock alone. */
    <S extends TransportSession> Optional<S> find(String id, Caller caller, Class<S> kind) {
        return lives.find(id)
                .filter(Connection.class::isInstance)
                .map(Connection.class::cast)
                .filter(connection -> connection.owner.equals(caller))
                .map(connection -> connection.session)
                .filter(kind::isInstance)
                .map(kind::cast);
    }

    /** A session of a caller that was kept when an earlier process of the server ended. */
    Optional<SessionClient> kept(String id, Caller caller) {
        return lives.kept(id)
                .filter(client -> caller.equals(new Caller(client.namespace(), client.keyId())));
    }

    List<TransportSession> all() {
        return lives.all().stream()
                .filter(Connection.class::isInstance)
                .map(connection -> ((Connection) connection).session)
                .toList();
    }

    /** As {@link SessionLives#end}. */
    void end(String id, String why) {
        lives.end(id, why);
    }

    /** Ends all sessions of a kind, side by side, and waits until that is done. */
    void endAll(Class<? extends TransportSession> kind, String why) throws InterruptedException {
        lives.endAll(
                all().stream().filter(kind::isInstance).map(TransportSession::id).toList(), why);
    }

    /** As {@link SessionLives#beginStop}. */
    void beginStop() {
        lives.beginStop();
    }

    /** As {@link SessionLives#stopAll}. */
    void stopAll() throws InterruptedException {
        lives.stopAll();
    }
}
