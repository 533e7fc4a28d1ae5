package dev.microsandbox.mcp.front;

import dev.microsandbox.mcp.transport.Caller;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The streams on which sessions listen (GET on {@code /mcp}). They outlive workers: while none
 * runs, the front keeps a stream open by itself, so that a thousand clients that listen for days
 * cost no worker. When a worker runs again, for whatever reason, the stream is attached to it.
 *
 * <p>Of a session, the newest stream counts. The front ends the one before: two that are each
 * attached again would displace each other for ever. Thread-safe.
 */
final class HeldStreams implements AutoCloseable {

    /** The longest time between two attempts to attach a stream, in looks for a worker. */
    private static final int MOST_PAUSES = 16;

    private static final int REQUEST_TIMEOUT = 408;
    private static final int TOO_MANY_REQUESTS = 429;

    private final Workers workers;
    private final ConnectionPool pool;
    private final FrontTimes times;
    private final KnownSessions sessions;
    private final AnswerPassage passage;
    private final WorkerFaults faults;
    private final Predicate<Caller> stillAllowed;
    private final Map<Session, Held> held = new ConcurrentHashMap<>();
    private volatile boolean closed;

    private record Session(Caller caller, String id) {}

    /** A stream of a session, which any thread may end. */
    private static final class Held {

        private final CountDownLatch ended = new CountDownLatch(1);
        private volatile @Nullable Exchange attached;

        void end() {
            ended.countDown();
            Exchange exchange = attached;
            if (exchange != null) {
                exchange.abort();
            }
        }

        boolean isEnded() {
            return ended.getCount() == 0;
        }

        boolean endsWithin(long nanos) throws InterruptedException {
            return ended.await(nanos, TimeUnit.NANOSECONDS);
        }
    }

    HeldStreams(
            Workers workers,
            ConnectionPool pool,
            FrontTimes times,
            KnownSessions sessions,
            AnswerPassage passage,
            WorkerFaults faults,
            Predicate<Caller> stillAllowed) {
        this.workers = workers;
        this.pool = pool;
        this.times = times;
        this.sessions = sessions;
        this.passage = passage;
        this.faults = faults;
        this.stillAllowed = stillAllowed;
    }

    /**
     * Serves a stream until its session ends, its client leaves, or a newer one replaces it.
     *
     * @param id the session's id
     * @param request what a worker is asked with
     * @throws NoWorkerException if a worker has to be asked and there is none
     */
    void listen(
            ServerRequest req, ServerResponse res, Caller caller, String id, RequestHead request)
            throws NoWorkerException, IOException, InterruptedException {
        boolean known = sessions.contains(caller, id);
        Optional<Worker> worker = workers.running(caller.namespace());
        if (worker.isEmpty() && !known) {
            worker = Optional.of(workers.worker(caller.namespace()));
        }
        if (worker.isEmpty()) {
            serve(res, new Session(caller, id), request, null);
            return;
        }
        Exchange exchange;
        try {
            exchange = Exchange.begin(pool, times, worker.get(), request, null);
        } catch (WorkerException e) {
            if (known) {
                faults.log(caller.namespace(), e);
                serve(res, new Session(caller, id), request, null);
            } else {
                faults.answer(req, res, caller.namespace(), worker.get(), e);
            }
            return;
        }
        try (exchange) {
            if (!isStream(exchange)) {
                passage.pass(req, res, caller.namespace(), exchange);
                return;
            }
            sessions.add(caller, id);
            serve(res, new Session(caller, id), request, exchange);
        }
    }

    private static boolean isStream(Exchange exchange) {
        return exchange.passed().status() == 200 && exchange.passed().isEventStream();
    }

    private void serve(
            ServerResponse res, Session session, RequestHead request, @Nullable Exchange first)
            throws IOException, InterruptedException {
        Held stream = new Held();
        Held before = held.put(session, stream);
        if (before != null) {
            before.end();
        }
        if (closed) {
            stream.end();
        }
        try {
            ClientAnswer answer = ClientAnswer.begin(res, ClientAnswer.eventStream());
            answer.sendComment();
            if (first != null) {
                copy(stream, session, first, answer);
            }
            hold(stream, session, request, answer);
            answer.end();
        } finally {
            held.remove(session, stream);
        }
    }

    /** Keeps a stream open, and attaches it to each worker that runs. */
    private void hold(Held stream, Session session, RequestHead request, ClientAnswer answer)
            throws IOException, InterruptedException {
        long poll = times.poll().toNanos();
        long pause = poll;
        long lastComment = pool.now();
        long lastAttempt = pool.now();
        while (!stream.endsWithin(poll) && stillAllowed.test(session.caller())) {
            if (pool.now() - lastComment >= times.keepAlive().toNanos()) {
                answer.sendComment();
                lastComment = pool.now();
            }
            Optional<Worker> worker = workers.running(session.caller().namespace());
            if (worker.isEmpty()) {
                pause = poll;
            } else if (pool.now() - lastAttempt >= pause) {
                long begin = pool.now();
                if (!attach(stream, session, worker.get(), request, answer)) {
                    return;
                }
                lastAttempt = pool.now();
                // A worker that ends all its streams at once must not keep the front busy.
                boolean lasted = lastAttempt - begin > MOST_PAUSES * poll;
                pause = lasted ? poll : Math.min(2 * pause, MOST_PAUSES * poll);
            }
        }
    }

    /** Attaches a stream to a worker. Returns false if the worker knows no such session. */
    private boolean attach(
            Held stream, Session session, Worker worker, RequestHead request, ClientAnswer answer)
            throws IOException, InterruptedException {
        Exchange begun;
        try {
            begun = Exchange.begin(pool, times, worker, request, null);
        } catch (WorkerException e) {
            faults.log(session.caller().namespace(), e);
            return true;
        }
        try (begun) {
            if (isStream(begun)) {
                copy(stream, session, begun, answer);
                return true;
            }
            return mayBeAskedAgain(begun.passed().status());
        }
    }

    private static boolean mayBeAskedAgain(int status) {
        return status >= 500 || status == REQUEST_TIMEOUT || status == TOO_MANY_REQUESTS;
    }

    /** Copies what a worker sends until it ends the stream, or ends itself. */
    private void copy(Held stream, Session session, Exchange exchange, ClientAnswer answer)
            throws IOException {
        stream.attached = exchange;
        try {
            if (stream.isEnded()) {
                return;
            }
            Optional<WorkerException> fault = AnswerPassage.copy(exchange, answer);
            if (fault.isPresent() && !stream.isEnded()) {
                faults.log(session.caller().namespace(), fault.get());
            }
        } finally {
            stream.attached = null;
        }
        if (!answer.isBetweenEvents()) {
            throw new CloseConnectionException("the worker ended in the middle of an event");
        }
    }

    /** Ends the stream of a session that has ended, if it has one. */
    void end(Caller caller, String id) {
        Held stream = held.get(new Session(caller, id));
        if (stream != null) {
            stream.end();
        }
    }

    /** Ends all streams, so that their clients connect again later. */
    @Override
    public void close() {
        closed = true;
        List.copyOf(held.values()).forEach(Held::end);
    }
}
