package dev.microsandbox.mcp.front;

import dev.microsandbox.mcp.transport.RateLimit;
import dev.microsandbox.mcp.transport.Responses;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says what has become of a request whose worker failed. Thread-safe. */
final class WorkerFaults {

    private static final Logger log = LoggerFactory.getLogger(WorkerFaults.class);

    private static final int LINES_A_MINUTE = 6;

    /** A connection ends a moment before its process does. */
    private static final int LOOKS = 25;

    private static final long LOOK_MILLIS = 20;

    private final Responses responses;

    /** Limits what is logged of a namespace. */
    private final RateLimit logged = new RateLimit(LINES_A_MINUTE);

    WorkerFaults(Responses responses) {
        this.responses = responses;
    }

    /** Answers a request of which the client has got nothing. */
    void answer(
            ServerRequest req,
            ServerResponse res,
            String namespace,
            Worker worker,
            WorkerException e)
            throws InterruptedException {
        Status status =
                e.kind() == WorkerException.Kind.LATE
                        ? Status.GATEWAY_TIMEOUT_504
                        : Status.BAD_GATEWAY_502;
        responses.refuse(req, res, status, words(namespace, worker, e));
    }

    /** What the caller is told, after a line in the log. */
    String words(String namespace, Worker worker, WorkerException e) throws InterruptedException {
        log(namespace, e);
        return switch (e.kind()) {
            case LATE ->
                    "The process that runs this namespace's computers does not answer. It may still"
                            + " do what it was asked for. Try again later, or ask the server's"
                            + " operator.";
            case INVALID ->
                    "The process that runs this namespace's computers gave an answer that is not"
                            + " valid. The server's log says more.";
            case UNREACHED, ENDED ->
                    hasEnded(worker)
                            ? worker.lastWords()
                            : "The process that runs this namespace's computers closed the"
                                    + " connection before it had answered. It may have done what it"
                                    + " was asked for, or not.";
        };
    }

    /** Writes a line to the log, unless the namespace has caused many. */
    void log(String namespace, WorkerException e) {
        if (logged.tryAcquire(namespace)) {
            log.warn("the worker of namespace {} failed: {}", namespace, e.getMessage());
        } else {
            log.debug("the worker of namespace {} failed: {}", namespace, e.getMessage());
        }
    }

    private static boolean hasEnded(Worker worker) throws InterruptedException {
        for (int i = 0; i < LOOKS && worker.isAlive(); i++) {
            Thread.sleep(LOOK_MILLIS);
        }
        return !worker.isAlive();
    }
}
