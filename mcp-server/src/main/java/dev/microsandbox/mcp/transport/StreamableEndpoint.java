package dev.microsandbox.mcp.transport;

import dev.microsandbox.mcp.auth.Namespaces;
import dev.microsandbox.mcp.life.SessionClient;
import dev.microsandbox.mcp.memory.CallMemory;
import dev.microsandbox.mcp.memory.MessageCharge;
import dev.microsandbox.mcp.memory.MessageMemory;
import dev.microsandbox.mcp.memory.MessageMemoryException;
import dev.microsandbox.mcp.transport.JsonRpc.InvalidMessageException;
import dev.microsandbox.mcp.transport.connection.Connection;
import dev.microsandbox.mcp.transport.message.Parameters;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.ErrorCodes;
import io.modelcontextprotocol.spec.McpSchema.InitializeRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import io.modelcontextprotocol.spec.McpStreamableServerSession;
import io.modelcontextprotocol.spec.McpStreamableServerSession.McpStreamableServerSessionStream;
import io.modelcontextprotocol.spec.McpStreamableServerTransportProvider;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** The path {@code /mcp}: Streamable HTTP (MCP 2025-11-25, Transports). */
final class StreamableEndpoint implements McpStreamableServerTransportProvider {

    private static final Logger log = LoggerFactory.getLogger(StreamableEndpoint.class);

    /**
     * An answer that takes longer than this is sent as an event stream, so that progress can be
     * reported.
     */
    private static final Duration PATIENCE = Duration.ofMillis(250);

    private final JsonRpc jsonRpc;
    private final Responses responses;
    private final Sessions sessions;
    private final SessionsOfKind mine;
    private final Admission admission;
    private final MessageMemory memory;
    private final HttpLimits limits;
    private final boolean behindFront; // which must know what request a stream answers
    private final Object resuming = new Object();
    private volatile McpStreamableServerSession.@Nullable Factory factory;

    StreamableEndpoint(
            JsonRpc jsonRpc,
            Responses responses,
            Sessions sessions,
            Admission admission,
            MessageMemory memory,
            HttpLimits limits,
            boolean behindFront) {
        this.jsonRpc = jsonRpc;
        this.responses = responses;
        this.sessions = sessions;
        this.mine = new SessionsOfKind(sessions, StreamableSession.class);
        this.admission = admission;
        this.memory = memory;
        this.limits = limits;
        this.behindFront = behindFront;
    }

    @Override
    public void setSessionFactory(McpStreamableServerSession.Factory newFactory) {
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

    void handle(ServerRequest req, ServerResponse res, Caller caller)
            throws IOException, InterruptedException {
        if (!checkVersion(req, res)) {
            return;
        }
        switch (req.prologue().method().text()) {
            case "POST" -> post(req, res, caller);
            case "GET" -> listen(req, res, caller);
            case "DELETE" -> delete(req, res, caller);
            default -> responses.methodNotAllowed(req, res, "GET, POST, DELETE");
        }
    }

    private boolean checkVersion(ServerRequest req, ServerResponse res) {
        String version = req.headers().first(McpHeaders.PROTOCOL_VERSION).orElse(null);
        List<String> supported = protocolVersions();
        if (version == null || supported.contains(version)) {
            return true;
        }
        responses.refuse(
                req,
                res,
                Status.BAD_REQUEST_400,
                "The protocol version in "
                        + McpHeaders.PROTOCOL_VERSION_NAME
                        + " is not supported. Supported are "
                        + String.join(", ", supported)
                        + ".");
        return false;
    }

    private void post(ServerRequest req, ServerResponse res, Caller caller)
            throws IOException, InterruptedException {
        if (!McpHeaders.isJson(req)) {
            responses.refuse(
                    req,
                    res,
                    Status.UNSUPPORTED_MEDIA_TYPE_415,
                    "The body must be JSON: send 'Content-Type: application/json'.");
            return;
        }
        if (!McpHeaders.accepts(req, McpHeaders.JSON)
                || !McpHeaders.accepts(req, McpHeaders.EVENT_STREAM)) {
            responses.refuse(
                    req,
                    res,
                    Status.NOT_ACCEPTABLE_406,
                    "Send 'Accept: application/json, text/event-stream'.");
            return;
        }
        try (MessageCharge charge = memory.charge(Connection.current().owner())) {
            if (!req.headers().contains(McpHeaders.SESSION_ID)) {
                post(
                        req,
                        res,
                        caller,
                        RequestBody.read(req, charge, null, limits, jsonRpc),
                        charge,
                        null);
                return;
            }
            StreamableSession session = session(req, res, caller, true);
            if (session != null) {
                try (CallMemory callMemory = session.memory().call(charge)) {
                    post(
                            req,
                            res,
                            caller,
                            RequestBody.read(req, charge, callMemory, limits, jsonRpc),
                            charge,
                            callMemory);
                }
            }
        } catch (InvalidMessageException e) {
            responses.refuse(req, res, Status.BAD_REQUEST_400, jsonRpc.error(e));
        } catch (MessageMemoryException e) {
            responses.memoryExhausted(req, res, e);
        }
    }

    /**
     * @param charge the memory that the message occupies, or its beginning
     * @param taken the memory that a large message occupies; null if it is small
     */
    private void post(
            ServerRequest req,
            ServerResponse res,
            Caller caller,
            JSONRPCMessage message,
            MessageCharge charge,
            @Nullable CallMemory taken)
            throws IOException, InterruptedException {
        if (message instanceof JSONRPCRequest request
                && request.method().equals(McpSchema.METHOD_INITIALIZE)) {
            initialize(req, res, caller, request);
            return;
        }
        StreamableSession session = session(req, res, caller, true);
        if (session == null) {
            return;
        }
        switch (message) {
            case JSONRPCRequest request -> {
                try (CallMemory callMemory =
                        taken != null ? taken : session.memory().call(charge)) {
                    call(req, res, session, request, callMemory);
                }
            }
            case JSONRPCNotification notification -> {
                session.receive(notification);
                responses.accepted(res);
            }
            case JSONRPCResponse response -> answer(req, res, session, response);
            default -> throw new AssertionError("not a JSON-RPC message: " + message.getClass());
        }
    }

    private void initialize(
            ServerRequest req, ServerResponse res, Caller caller, JSONRPCRequest request) {
        if (req.headers().contains(McpHeaders.SESSION_ID)) {
            refuse(
                    req,
                    res,
                    request,
                    "This session is initialized. A new one is asked for without"
                            + " the header "
                            + McpHeaders.SESSION_ID_NAME
                            + ".");
            return;
        }
        McpStreamableServerSession.Factory current = factory;
        if (current == null) {
            throw new IllegalStateException("no MCP server was built on this transport");
        }
        if (!admission.admit(req, res, caller)) {
            return;
        }
        boolean opened = false;
        try {
            var parameters =
                    Parameters.convert(
                            jsonRpc.mapper(),
                            request.params(),
                            new TypeRef<InitializeRequest>() {});
            var init = current.startSession(parameters);
            var result = init.initResult().block();
            byte[] answer = jsonRpc.write(JSONRPCResponse.result(request.id(), result));
            sessions.add(
                    new StreamableSession(
                            init.session().getId(),
                            init.session(),
                            request.params(),
                            jsonRpc,
                            Namespaces.context(caller.namespace()),
                            memory.session(Connection.current().owner())),
                    caller);
            opened = true;
            res.header(McpHeaders.SESSION_ID, init.session().getId());
            responses.json(res, answer);
        } catch (McpError e) {
            refuse(req, res, request, e);
        } catch (IOException e) {
            throw new IllegalStateException("the answer to initialize cannot be written", e);
        } finally {
            if (!opened) {
                sessions.release(caller);
            }
        }
    }

    private void call(
            ServerRequest req,
            ServerResponse res,
            StreamableSession session,
            JSONRPCRequest request,
            CallMemory callMemory)
            throws IOException, InterruptedException {
        var stream = new EventStream();
        String refusal = session.start(request, stream, callMemory);
        if (refusal != null) {
            refuse(req, res, request, refusal);
            return;
        }
        boolean delivered = false;
        try {
            byte[] first = stream.poll(PATIENCE);
            if (first != null && stream.isDone()) {
                responses.json(res, first);
            } else {
                String id = behindFront ? jsonRpc.idText(request.id()) : null;
                new EventStreamResponse(res, limits.keepAlive(), id).copy(stream, first);
            }
            delivered = true;
        } finally {
            if (!delivered) {
                stream.abandon();
                session.calls().cancel(request.id());
            }
        }
    }

    private void answer(
            ServerRequest req,
            ServerResponse res,
            StreamableSession session,
            JSONRPCResponse response) {
        try {
            session.receive(response);
        } catch (McpError e) {
            responses.refuse(
                    req,
                    res,
                    Status.BAD_REQUEST_400,
                    "No request with this id waits for an answer.");
            return;
        }
        responses.accepted(res);
    }

    private void listen(ServerRequest req, ServerResponse res, Caller caller)
            throws IOException, InterruptedException {
        if (!McpHeaders.accepts(req, McpHeaders.EVENT_STREAM)) {
            responses.refuse(
                    req, res, Status.NOT_ACCEPTABLE_406, "Send 'Accept: text/event-stream'.");
            return;
        }
        // Opening a stream, even repeatedly, is not activity: it must not extend the session's
        // life.
        StreamableSession session = session(req, res, caller, false);
        if (session == null) {
            return;
        }
        EventStream stream = new EventStream();
        McpStreamableServerSessionStream listening = session.listen(stream);
        try {
            new EventStreamResponse(res, limits.keepAlive()).copy(stream, null);
        } finally {
            stream.abandon();
            listening.releaseTransport();
        }
    }

    private void delete(ServerRequest req, ServerResponse res, Caller caller) {
        StreamableSession session = session(req, res, caller, true);
        if (session != null) {
            sessions.end(session.id(), "the client closed it");
            res.status(Status.NO_CONTENT_204).send();
        }
    }

    private @Nullable StreamableSession session(
            ServerRequest req, ServerResponse res, Caller caller, boolean use) {
        String id = req.headers().first(McpHeaders.SESSION_ID).orElse(null);
        if (id == null) {
            responses.refuse(
                    req,
                    res,
                    Status.BAD_REQUEST_400,
                    "The header "
                            + McpHeaders.SESSION_ID_NAME
                            + " is missing. The answer to 'initialize' has its value.");
            return null;
        }
        var session =
                use
                        ? sessions.use(id, caller, StreamableSession.class)
                        : sessions.find(id, caller, StreamableSession.class);
        if (session.isEmpty()) {
            if (admission.isClosed()) {
                // The session may be about to be kept, so its client must not give it up.
                responses.refuseTemporarily(
                        req, res, Status.SERVICE_UNAVAILABLE_503, "The server is stopping.");
                return null;
            }
            return resume(req, res, id, caller);
        }
        return session.get();
    }

    /**
     * Resumes a session that was kept when the server stopped earlier.
     *
     * @return null if that is not possible; the request has then been answered
     */
    private @Nullable StreamableSession resume(
            ServerRequest req, ServerResponse res, String id, Caller caller) {
        Optional<SessionClient> kept = sessions.kept(id, caller);
        McpStreamableServerSession.Factory current = factory;
        if (kept.isEmpty() || current == null) {
            // Another request of the same session may have resumed it in the meantime.
            return orNotFound(req, res, sessions.use(id, caller, StreamableSession.class));
        }
        synchronized (resuming) {
            Optional<StreamableSession> already = sessions.use(id, caller, StreamableSession.class);
            if (already.isPresent()) {
                return already.get();
            }
            if (!admission.hasPlace(req, res, caller)) {
                return null; // not 404: the client must not give the session up
            }
            boolean opened = false;
            try {
                Object initialize = kept.get().initialize();
                var init =
                        current.startSession(
                                Parameters.convert(
                                        jsonRpc.mapper(),
                                        initialize,
                                        new TypeRef<InitializeRequest>() {}));
                // The client got the answer to its initialize request before the restart.
                var _ = init.initResult().block();
                StreamableSession session =
                        new StreamableSession(
                                id,
                                init.session(),
                                initialize,
                                jsonRpc,
                                new SessionContext(Namespaces.context(caller.namespace()), id),
                                memory.session(Connection.current().owner()));
                sessions.add(session, caller);
                opened = true;
                log.info("session {} of namespace {} is resumed", id, caller.namespace());
                return session;
            } catch (McpError e) {
                log.warn("session {} cannot be resumed", id, e);
                return orNotFound(req, res, Optional.empty());
            } finally {
                if (!opened) {
                    sessions.release(caller);
                }
            }
        }
    }

    private @Nullable StreamableSession orNotFound(
            ServerRequest req, ServerResponse res, Optional<StreamableSession> session) {
        if (session.isEmpty()) {
            responses.sessionNotFound(req, res);
        }
        return session.orElse(null);
    }

    private void refuse(
            ServerRequest req, ServerResponse res, JSONRPCRequest request, String message) {
        byte[] body = jsonRpc.error(request.id(), ErrorCodes.INVALID_REQUEST, message);
        responses.refuse(req, res, Status.BAD_REQUEST_400, body);
    }

    private void refuse(ServerRequest req, ServerResponse res, JSONRPCRequest request, McpError e) {
        byte[] body =
                jsonRpc.error(
                        request.id(), e.getJsonRpcError().code(), e.getJsonRpcError().message());
        responses.refuse(req, res, Status.BAD_REQUEST_400, body);
    }
}
