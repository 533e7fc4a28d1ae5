package dev.microsandbox.mcp.front;

import dev.microsandbox.mcp.front.WorkerException.Kind;
import dev.microsandbox.mcp.transport.McpHeaders;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One request to a worker and its answer. The owner reads the body to its end or not, and closes
 * the exchange; only after a complete one the connection is used again. Any thread may {@link
 * #abort} it.
 */
final class Exchange implements AutoCloseable {

    private static final String REQUEST_NAME = McpHeaders.REQUEST_NAME.toLowerCase(Locale.ROOT);

    private final WorkerConnection connection;
    private final ConnectionPool pool;
    private final ResponseHead head;
    private final PassedHead passed;
    private final AnswerBody body;
    private final Optional<String> requestId;
    private final boolean requestComplete;
    private boolean complete;

    private Exchange(
            WorkerConnection connection,
            ConnectionPool pool,
            ResponseHead head,
            boolean requestComplete)
            throws WorkerException {
        this.connection = connection;
        this.pool = pool;
        this.head = head;
        this.passed = PassedHead.of(head);
        this.body = AnswerBody.of(head, connection);
        this.requestId = head.only(REQUEST_NAME);
        this.requestComplete = requestComplete;
    }

    /**
     * Sends a request, and waits for the head of the answer.
     *
     * @param body the client's; null if there is none
     * @throws WorkerException if the worker fails; the client has got nothing
     * @throws IOException if the client's body cannot be read
     */
    static Exchange begin(
            ConnectionPool pool,
            FrontTimes times,
            Worker worker,
            RequestHead request,
            @Nullable ClientBody body)
            throws IOException, InterruptedException {
        Optional<WorkerConnection> used = pool.idle(worker);
        if (used.isPresent()) {
            try {
                return begin(used.get(), pool, times, request, body);
            } catch (WorkerException e) {
                if (e.kind() != Kind.UNREACHED) {
                    throw e;
                }
                // The worker has just closed this connection, as it may.
            }
        }
        return begin(pool.fresh(worker), pool, times, request, body);
    }

    private static Exchange begin(
            WorkerConnection connection,
            ConnectionPool pool,
            FrontTimes times,
            RequestHead request,
            @Nullable ClientBody body)
            throws IOException {
        boolean begun = false;
        try {
            connection.write(ByteBuffer.wrap(request.bytes()), times.answer());
            boolean complete = body == null || send(body, connection, times);
            ResponseHead head = ResponseHead.parse(connection.readHead(times));
            connection.eachWithin(times.silence());
            Exchange exchange = new Exchange(connection, pool, head, complete);
            begun = true;
            return exchange;
        } finally {
            if (!begun) {
                connection.close();
            }
        }
    }

    /**
     * Sends the body. Returns whether the worker has taken all of it: one that refuses a request
     * answers before it has read it, and then closes the connection.
     */
    private static boolean send(ClientBody body, WorkerConnection connection, FrontTimes times)
            throws IOException {
        try {
            body.send(connection, times.answer());
            return true;
        } catch (WorkerException e) {
            if (e.kind() == Kind.LATE) {
                throw e;
            }
            return false;
        }
    }

    Worker worker() {
        return connection.worker();
    }

    ResponseHead head() {
        return head;
    }

    /** What the client sees of the head. */
    PassedHead passed() {
        return passed;
    }

    /** What the worker says of the id of the JSON-RPC request that it answers. */
    Optional<String> requestId() {
        return requestId;
    }

    /** As {@link AnswerBody#next}. */
    @Nullable ByteBuffer next() throws WorkerException {
        ByteBuffer bytes = body.next();
        complete = bytes == null;
        return bytes;
    }

    /** Ends the exchange at once: whoever reads the body gets an exception. */
    void abort() {
        connection.close();
    }

    @Override
    public void close() {
        if (complete && requestComplete && head.keepsConnection()) {
            pool.giveBack(connection);
        } else {
            connection.close();
        }
    }
}
