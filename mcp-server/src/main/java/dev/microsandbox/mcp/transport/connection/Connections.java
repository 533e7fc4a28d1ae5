package dev.microsandbox.mcp.transport.connection;

import dev.microsandbox.mcp.memory.FairShares;
import dev.microsandbox.mcp.memory.FairShares.Verdict;
import dev.microsandbox.mcp.memory.Owner;
import io.helidon.common.socket.HelidonSocket;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The open connections of an HTTP server. Keeps their number within the limits, and closes those
 * whose client keeps the server waiting for too long.
 *
 * <p>Strangers cannot keep anybody out: a new connection is always accepted, and the oldest of a
 * stranger makes room for it. A client with a key shows it within a moment and is a stranger no
 * longer, so it has nothing to fear from those at the same address who show none.
 *
 * <p>Thread-safe.
 */
public final class Connections implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Connections.class);

    private static final long SWEEP_MILLIS = 200;

    /** How long a client may take to show its key, however many do. */
    private static final long MOMENT_NANOS = 1_000_000_000L;

    /** The longest work without a wait that counts, and the longest pause after it. */
    private static final long MAX_TURN_NANOS = 20_000_000L;

    private static final long MAX_PAUSE_NANOS = 250_000_000L;

    private final int processors = Runtime.getRuntime().availableProcessors();
    private final AtomicInteger pausing = new AtomicInteger();
    private final ConnectionLimits limits;
    private final ClientAddresses addresses;
    private final boolean pauses;
    private final FairShares callers;
    private final long start = System.nanoTime();
    private final Set<Connection> open = ConcurrentHashMap.newKeySet();
    private final Thread sweeper;
    private volatile boolean closed;

    /** Guarded by this, like all fields below. Strangers' connections, the oldest first. */
    private final Set<Connection> strangers = new LinkedHashSet<>();

    /** The same by their peers; those of proxies, behind which there are many, are not in it. */
    private final Map<String, Set<Connection>> byPeer = new HashMap<>();

    public Connections(ConnectionLimits limits, ClientAddresses addresses) {
        this(limits, addresses, true);
    }

    /**
     * @param pauses whether connections that never wait pause. Those of a front carry the requests
     *     of many clients, which have paused there
     */
    public Connections(ConnectionLimits limits, ClientAddresses addresses, boolean pauses) {
        this.limits = limits;
        this.addresses = addresses;
        this.pauses = pauses;
        this.callers = new FairShares(limits.connections() - limits.strangers());
        this.sweeper =
                Thread.ofPlatform()
                        .daemon(true)
                        .name("connection-deadlines")
                        .start(this::sweepUntilClosed);
    }

    ConnectionLimits limits() {
        return limits;
    }

    /** Nanoseconds since a moment in the past; positive. */
    long now() {
        return System.nanoTime() - start + 1;
    }

    /** Adds a stranger's connection. Closes another one if there are too many. */
    Connection open(HelidonSocket socket) {
        var address = socket.remotePeer().address();
        String peer = addresses.nameOf(address, List.of());
        Connection connection = new Connection(socket, peer, this);
        Connection crowded;
        synchronized (this) {
            strangers.add(connection);
            Set<Connection> neighbours = Set.of();
            if (!addresses.isProxy(address)) {
                neighbours = byPeer.computeIfAbsent(peer, _ -> new LinkedHashSet<>());
                neighbours.add(connection);
            }
            crowded = crowded(neighbours);
            if (crowded != null) {
                forget(crowded);
            }
        }
        open.add(connection);
        if (crowded != null) {
            log.debug("closing the oldest connection without a key, of {}", crowded.peer());
            crowded.drop();
        }
        return connection;
    }

    /** Chooses the connection to close for a new one, if any. The caller holds the lock. */
    private @Nullable Connection crowded(Set<Connection> neighbours) {
        if (neighbours.size() > limits.strangersOfPeer()) {
            Connection oldest = neighbours.iterator().next();
            // Clients of one address that all come at once are about to show their keys.
            if (now() - oldest.begin() > MOMENT_NANOS) {
                return oldest;
            }
        }
        return strangers.size() > limits.strangers() ? strangers.iterator().next() : null;
    }

    /** Counts a connection to a caller. Returns false if the caller has its share. */
    synchronized boolean count(Connection connection, Owner caller) {
        Owner before = connection.owner;
        if (caller.equals(before)) {
            return true;
        }
        if (callers.tryTake(caller, 1) != Verdict.TAKEN) {
            return false;
        }
        if (before != null) {
            callers.release(before, 1);
        }
        connection.owner = caller;
        forget(connection);
        return true;
    }

    synchronized Owner ownerOf(Connection connection) {
        Owner owner = connection.owner;
        if (owner == null) {
            throw new IllegalStateException("the connection is a stranger's");
        }
        return owner;
    }

    /** Removes a connection that has ended. */
    void closed(Connection connection) {
        open.remove(connection);
        synchronized (this) {
            forget(connection);
            Owner owner = connection.owner;
            if (owner != null) {
                callers.release(owner, 1);
                connection.owner = null;
            }
        }
    }

    /** Counts a connection to strangers no longer. The caller holds the lock. */
    private void forget(Connection connection) {
        strangers.remove(connection);
        byPeer.computeIfPresent(
                connection.peer(),
                (_, neighbours) -> {
                    neighbours.remove(connection);
                    return neighbours.isEmpty() ? null : neighbours;
                });
    }

    /**
     * Has the thread of a connection pause after it has worked without waiting. A few such
     * connections together get half of the processors, a thousand not much more. The scheduler of
     * virtual threads alone is not fair: while it has threads that only yield, new connections and
     * arriving data may wait for ever. {@link Connection#drop} ends the pause.
     */
    void pause(long worked) {
        if (!pauses) {
            return;
        }
        long turn = Math.min(worked, MAX_TURN_NANOS);
        try {
            long pause = 2 * turn * pausing.incrementAndGet() / processors;
            LockSupport.parkNanos(Math.min(pause, MAX_PAUSE_NANOS));
        } finally {
            pausing.decrementAndGet();
        }
    }

    private void sweepUntilClosed() {
        while (!closed) {
            try {
                Thread.sleep(SWEEP_MILLIS);
                long now = now();
                for (Connection connection : open) {
                    connection.dropIfLate(now);
                }
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException | OutOfMemoryError e) {
                // This thread must outlive what it is there to end.
                log.debug("cannot check the connections' deadlines", e);
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        sweeper.interrupt();
    }
}
