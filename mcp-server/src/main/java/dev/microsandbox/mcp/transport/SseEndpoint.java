package dev.microsandbox.mcp.transport;

import dev.microsandbox.mcp.auth.Namespaces;
import dev.microsandbox.mcp.memory.CallMemory;
import dev.microsandbox.mcp.memory.MessageCharge;
import dev.microsandbox.mcp.memory.MessageMemory;
import dev.microsandbox.mcp.memory.MessageMemoryException;
import dev.microsandbox.mcp.transport.JsonRpc.InvalidMessageException;
import dev.microsandbox.mcp.transport.connection.Connection;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.modelcontextprotocol.spec.McpServerSession;
import io.modelcontextprotocol.spec.McpServerTransportProvider;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The paths {@code /sse} and {@code /messages}: the older transport HTTP+SSE (MCP 2024-11-05,
 * Transports). A GET opens a stream and a session with it. The first event names the path for
 * POSTing messages; answers arrive on the stream. The session lasts as long as the stream.
 */
final class SseEndpoint implements McpServerTransportProvider {

    private static final String SESSION_PARAMETER = "sessionId";

    private final JsonRpc jsonRpc;
    private final Responses responses;
    private final Sessions sessions;
    private final SessionsOfKind mine;
    private final Admission admission;
    private final MessageMemory memory;
    private final HttpLimits limits;
    private volatile McpServerSession.@Nullable Factory factory;

    /** A session and the stream that carries it. */
    private record SseSession(DuplexSession duplex, EventStream stream)
            implements TransportSession {

        @Override
        public String id() {
            return duplex.id();
        }

        @Override
        public RunningCalls calls() {
            return duplex.calls();
        }

        @Override
        public Mono<Void> notify(String method, @Nullable Object params) {
            return duplex.notify(method, params);
        }

        @Override
        public void close() {
            duplex.close();
            stream.end();
        }
    }

    SseEndpoint(
            JsonRpc jsonRpc,
            Responses responses,
            Sessions sessions,
            Admission admission,
            MessageMemory memory,
            HttpLimits limits) {
        this.jsonRpc = jsonRpc;
        this.responses = responses;
        this.sessions = sessions;
        this.mine = new SessionsOfKind(sessions, SseSession.class);
        this.admission = admission;
        this.memory = memory;
        this.limits = limits;
    }

    @Override
    public void setSessionFactory(McpServerSession.Factory newFactory) {
        factory = newFactory;
    }

    @Override
    public Mono<Void> notifyClients(String method, @Nullable Object params) {
        return mine.notifyAll(method, params);
    }

    @Override
    public Mono<Void> notifyClient(String sessionId, String method, @Nullable Object params) {
        return mine.notifyOne(sessionId, method, params);
    }

    @Override
    public Mono<Void> closeGracefully() {
        return mine.endAll();
    }

    /** Serves {@code /sse}: opens a session and its stream. */
    void open(ServerRequest req, ServerResponse res, Caller caller)
            throws IOException, InterruptedException {
        if (!req.prologue().method().text().equals("GET")) {
            responses.methodNotAllowed(req, res, "GET");
            return;
        }
        if (!McpHeaders.accepts(req, McpHeaders.EVENT_STREAM)) {
            responses.refuse(
                    req, res, Status.NOT_ACCEPTABLE_406, "Send 'Accept: text/event-stream'.");
            return;
        }
        McpServerSession.Factory current = factory;
        if (current == null) {
            throw new IllegalStateException("no MCP server was built on this transport");
        }
        if (!admission.admit(req, res, caller)) {
            return;
        }
        EventStream stream = new EventStream();
        DuplexSession duplex = opened(current, stream, caller);
        try {
            EventStreamResponse events = new EventStreamResponse(res, limits.keepAlive());
            events.event(
                    "endpoint",
                    McpHeaders.MESSAGES_PATH + "?" + SESSION_PARAMETER + "=" + duplex.id());
            events.copy(stream, null);
        } finally {
            stream.abandon();
            sessions.end(duplex.id(), "its stream was closed");
        }
    }

    /** Opens a session, which takes the place that was reserved for it. */
    private DuplexSession opened(
            McpServerSession.Factory current, EventStream stream, Caller caller) {
        boolean added = false;
        try {
            DuplexSession duplex =
                    new DuplexSession(
                            current,
                            jsonRpc,
                            Namespaces.context(caller.namespace()),
                            memory.session(Connection.current().owner()),
                            stream::send);
            sessions.add(new SseSession(duplex, stream), caller);
            added = true;
            return duplex;
        } finally {
            if (!added) {
                sessions.release(caller);
            }
        }
    }

    /** Serves {@code /messages}: accepts a message for an open session. */
    void receive(ServerRequest req, ServerResponse res, Caller caller)
            throws IOException, InterruptedException {
        if (!req.prologue().method().text().equals("POST")) {
            responses.methodNotAllowed(req, res, "POST");
            return;
        }
        if (!McpHeaders.isJson(req)) {
            responses.refuse(
                    req,
                    res,
                    Status.UNSUPPORTED_MEDIA_TYPE_415,
                    "The body must be JSON: send 'Content-Type: application/json'.");
            return;
        }
        String id = req.query().first(SESSION_PARAMETER).orElse(null);
        if (id == null) {
            responses.refuse(
                    req,
                    res,
                    Status.BAD_REQUEST_400,
                    "The query parameter sessionId is missing. Use the address that the stream's"
                            + " first event gives.");
            return;
        }
        SseSession session = sessions.use(id, caller, SseSession.class).orElse(null);
        if (session == null) {
            responses.sessionNotFound(req, res);
            return;
        }
        CallMemory callMemory = null;
        boolean received = false;
        try {
            MessageCharge charge = memory.charge(Connection.current().owner());
            callMemory = session.duplex().memory().call(charge);
            session.duplex()
                    .receive(
                            RequestBody.read(req, charge, callMemory, limits, jsonRpc), callMemory);
            received = true;
        } catch (InvalidMessageException e) {
            responses.refuse(req, res, Status.BAD_REQUEST_400, jsonRpc.error(e));
            return;
        } catch (MessageMemoryException e) {
            responses.memoryExhausted(req, res, e);
            return;
        } finally {
            if (!received && callMemory != null) {
                callMemory.close();
            }
        }
        responses.accepted(res);
    }
}
