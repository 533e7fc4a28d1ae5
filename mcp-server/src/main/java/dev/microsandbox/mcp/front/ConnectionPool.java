package dev.microsandbox.mcp.front;

import dev.microsandbox.mcp.front.WorkerException.Kind;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections to workers. Keeps those that may be used again, and closes those on which a
 * worker keeps the front waiting for too long. Thread-safe.
 */
final class ConnectionPool implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ConnectionPool.class);

    private static final int MAX_IDLE = 64;
    private static final long SWEEP_MILLIS = 200;

    private final long idleNanos;
    private final long start = System.nanoTime();
    private final Set<WorkerConnection> open = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    private final Thread sweeper;

    /** Guarded by {@link #lock}: the last one is the one used last. */
    private final Map<Worker, ArrayDeque<WorkerConnection>> idle = new HashMap<>();

    private volatile boolean closed;

    ConnectionPool(FrontTimes times) {
        this.idleNanos = times.idle().toNanos();
        this.sweeper =
                Thread.ofPlatform()
                        .daemon(true)
                        .name("worker-deadlines")
                        .start(this::sweepUntilClosed);
    }

    /** Nanoseconds since a moment in the past; positive. */
    long now() {
        return System.nanoTime() - start + 1;
    }

    /** A connection to a worker that was used before and can be used again. */
    Optional<WorkerConnection> idle(Worker worker) {
        WorkerConnection connection = poll(worker);
        while (connection != null && connection.isSpoilt()) {
            connection.close();
            connection = poll(worker);
        }
        return Optional.ofNullable(connection);
    }

    private @Nullable WorkerConnection poll(Worker worker) {
        lock.lock();
        try {
            ArrayDeque<WorkerConnection> of = idle.get(worker);
            return of == null ? null : of.pollLast();
        } finally {
            lock.unlock();
        }
    }

    /** A new connection to a worker. */
    WorkerConnection fresh(Worker worker) throws WorkerException, InterruptedException {
        if (closed) {
            throw new WorkerException(Kind.UNREACHED, "the server is stopping");
        }
        try {
            WorkerConnection connection = new WorkerConnection(worker, worker.connect(), this);
            open.add(connection);
            return connection;
        } catch (IOException e) {
            throw new WorkerException(Kind.UNREACHED, "the worker accepts no connection", e);
        }
    }

    /** Takes a connection back whose last exchange is complete. */
    void giveBack(WorkerConnection connection) {
        if (!connection.isSpoilt() && connection.worker().isAlive() && keep(connection)) {
            return;
        }
        connection.close();
    }

    private boolean keep(WorkerConnection connection) {
        lock.lock();
        try {
            ArrayDeque<WorkerConnection> of =
                    idle.computeIfAbsent(connection.worker(), _ -> new ArrayDeque<>());
            if (closed || of.size() >= MAX_IDLE) {
                return false;
            }
            connection.idleSince = now();
            of.addLast(connection);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Removes a connection that is closed. */
    void forget(WorkerConnection connection) {
        open.remove(connection);
    }

    private void sweepUntilClosed() {
        while (!closed) {
            try {
                Thread.sleep(SWEEP_MILLIS);
                long now = now();
                for (WorkerConnection connection : open) {
                    connection.closeIfLate(now);
                }
                takeOld(now).forEach(WorkerConnection::close);
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException | OutOfMemoryError e) {
                // This thread must outlive what it is there to end.
                log.debug("cannot check the deadlines of workers", e);
            }
        }
    }

    /** Removes the connections that are idle for too long, and those to workers that have ended. */
    private List<WorkerConnection> takeOld(long now) {
        List<WorkerConnection> old = new ArrayList<>();
        lock.lock();
        try {
            idle.forEach(
                    (worker, of) -> {
                        boolean alive = worker.isAlive();
                        while (!of.isEmpty()
                                && (!alive || now - of.getFirst().idleSince > idleNanos)) {
                            old.add(of.removeFirst());
                        }
                    });
            idle.values().removeIf(ArrayDeque::isEmpty);
        } finally {
            lock.unlock();
        }
        return old;
    }

    /** Closes all connections, also those that are in use. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            idle.clear();
        } finally {
            lock.unlock();
        }
        sweeper.interrupt();
        List.copyOf(open).forEach(WorkerConnection::close);
    }
}
