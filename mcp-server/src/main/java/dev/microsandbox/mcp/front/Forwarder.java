package dev.microsandbox.mcp.front;

import dev.microsandbox.mcp.front.RequestHead.RefusedException;
import dev.microsandbox.mcp.front.RequestHead.Target;
import dev.microsandbox.mcp.memory.MessageCharge;
import dev.microsandbox.mcp.memory.MessageMemory;
import dev.microsandbox.mcp.memory.MessageMemoryException;
import dev.microsandbox.mcp.transport.Caller;
import dev.microsandbox.mcp.transport.HttpListener;
import dev.microsandbox.mcp.transport.JsonRpc;
import dev.microsandbox.mcp.transport.McpHeaders;
import dev.microsandbox.mcp.transport.Responses;
import dev.microsandbox.mcp.transport.connection.ClientAddresses;
import dev.microsandbox.mcp.transport.connection.Connection;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.modelcontextprotocol.json.McpJsonMapper;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Passes each admitted request on to the worker of the caller's namespace, and its answer back.
 * Streams both; holds neither. Thread-safe.
 */
public final class Forwarder implements HttpListener.Entry, AutoCloseable {

    private static final int ATTEMPTS = 2;

    private final Workers workers;
    private final ClientAddresses clients;
    private final FrontTimes times;
    private final Responses responses;
    private final WorkerFaults faults;
    private final AnswerPassage passage;
    private final ConnectionPool pool;
    private final KnownSessions sessions = new KnownSessions();
    private final HeldStreams streams;
    private final MessageMemory memory = new MessageMemory();

    /**
     * @param workers where requests go
     * @param clients names the addresses of clients
     * @param stillAllowed whether a caller that was admitted earlier would still be admitted now
     * @param times how long workers may take
     * @param json writes the bodies of errors
     */
    public Forwarder(
            Workers workers,
            ClientAddresses clients,
            Predicate<Caller> stillAllowed,
            FrontTimes times,
            McpJsonMapper json) {
        this.workers = workers;
        this.clients = clients;
        this.times = times;
        this.responses = new Responses(new JsonRpc(json));
        this.faults = new WorkerFaults(responses);
        this.passage = new AnswerPassage(faults, json);
        this.pool = new ConnectionPool(times);
        this.streams =
                new HeldStreams(workers, pool, times, sessions, passage, faults, stillAllowed);
    }

    @Override
    public void mcp(ServerRequest req, ServerResponse res, Caller caller)
            throws IOException, InterruptedException {
        handle(req, res, caller, McpHeaders.MCP_PATH, List.of("GET", "POST", "DELETE"));
    }

    @Override
    public void sse(ServerRequest req, ServerResponse res, Caller caller)
            throws IOException, InterruptedException {
        handle(req, res, caller, McpHeaders.SSE_PATH, List.of("GET"));
    }

    @Override
    public void messages(ServerRequest req, ServerResponse res, Caller caller)
            throws IOException, InterruptedException {
        handle(req, res, caller, McpHeaders.MESSAGES_PATH, List.of("POST"));
    }

    private void handle(
            ServerRequest req, ServerResponse res, Caller caller, String path, List<String> methods)
            throws IOException, InterruptedException {
        res.header("X-Content-Type-Options", "nosniff");
        String method = req.prologue().method().text();
        if (!methods.contains(method)) {
            responses.methodNotAllowed(req, res, String.join(", ", methods));
            return;
        }
        try {
            String id = req.headers().first(McpHeaders.SESSION_ID).orElse(null);
            boolean listens = method.equals("GET") && path.equals(McpHeaders.MCP_PATH);
            RequestHead request =
                    RequestHead.of(
                            new Target(method, path, req.query().rawValue()),
                            req.headers(),
                            caller,
                            address(req),
                            listens);
            if (listens && id != null && McpHeaders.accepts(req, McpHeaders.EVENT_STREAM)) {
                streams.listen(req, res, caller, id, request);
            } else {
                forward(req, res, caller, request, method.equals("DELETE") ? id : null);
            }
        } catch (RefusedException e) {
            responses.refuse(req, res, e.status(), e.getMessage());
        } catch (NoWorkerException e) {
            responses.refuseTemporarily(
                    req, res, Status.SERVICE_UNAVAILABLE_503, e.getMessage(), e.retryAfter());
        } catch (MessageMemoryException e) {
            responses.memoryExhausted(req, res, e);
        }
    }

    private String address(ServerRequest req) {
        return clients.nameOf(
                req.remotePeer().address(), req.headers().values(HeaderNames.X_FORWARDED_FOR));
    }

    /**
     * @param ended the session that ends if the worker agrees; null if none does
     */
    private void forward(
            ServerRequest req,
            ServerResponse res,
            Caller caller,
            RequestHead request,
            @Nullable String ended)
            throws NoWorkerException, IOException, InterruptedException {
        Optional<Exchange> begun = begin(req, res, caller, request);
        if (begun.isEmpty()) {
            return;
        }
        try (Exchange exchange = begun.get()) {
            if (exchange.passed().isSuccess()) {
                exchange.passed().sessionId().ifPresent(id -> sessions.add(caller, id));
                if (ended != null) {
                    sessions.remove(caller, ended);
                    streams.end(caller, ended);
                }
            }
            passage.pass(req, res, caller.namespace(), exchange);
        }
    }

    /**
     * Sends a request to the namespace's worker, and to a new one if that has ended since it was
     * looked up and nothing of the request has reached it.
     *
     * @return empty if the worker fails; the client has been answered
     */
    private Optional<Exchange> begin(
            ServerRequest req, ServerResponse res, Caller caller, RequestHead request)
            throws NoWorkerException, IOException, InterruptedException {
        ClientBody body = new ClientBody(req, request);
        for (int attempt = 1; true; attempt++) {
            Worker worker = workers.worker(caller.namespace());
            try {
                return Optional.of(begin(worker, request, body));
            } catch (WorkerException e) {
                if (attempt == ATTEMPTS || e.kind() != WorkerException.Kind.UNREACHED) {
                    faults.answer(req, res, caller.namespace(), worker, e);
                    return Optional.empty();
                }
            }
        }
    }

    private Exchange begin(Worker worker, RequestHead request, ClientBody body)
            throws IOException, InterruptedException {
        if (body.isEmpty()) {
            return Exchange.begin(pool, times, worker, request, body);
        }
        // The pieces that are on their way occupy memory.
        try (MessageCharge _ = memory.charge(Connection.current().owner())) {
            return Exchange.begin(pool, times, worker, request, body);
        }
    }

    /** Ends held streams, and closes all connections to workers: whatever runs is cut. */
    @Override
    public void close() {
        streams.close();
        pool.close();
    }
}
