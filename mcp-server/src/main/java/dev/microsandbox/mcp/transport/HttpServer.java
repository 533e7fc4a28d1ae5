package dev.microsandbox.mcp.transport;

import dev.microsandbox.mcp.auth.ApiKeys;
import dev.microsandbox.mcp.life.SessionLifecycle;
import dev.microsandbox.mcp.memory.MessageMemory;
import dev.microsandbox.mcp.transport.connection.Connections;
import dev.microsandbox.mcp.transport.connection.GuardedSelector;
import io.helidon.common.socket.SocketOptions;
import io.helidon.http.DirectHandler;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.spec.McpServerTransportProvider;
import io.modelcontextprotocol.spec.McpStreamableServerTransportProvider;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * MCP over HTTP: Streamable HTTP at {@code /mcp}, the older HTTP+SSE at {@code /sse} and {@code
 * /messages}, and {@code /health}.
 *
 * <p>Build one MCP server on each of {@link #streamable} and {@link #sse}, with immediate execution
 * so that a tool runs on its request's own virtual thread, then {@link #start}. Thread-safe.
 */
public final class HttpServer implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(HttpServer.class);

    private static final byte[] HEALTHY =
            "{\"message\":\"Service is healthy\"}".getBytes(StandardCharsets.UTF_8);

    /** How many connections may be about to be closed, beyond those that are counted. */
    private static final int CLOSING = 512;

    private static final int CONNECT_MILLIS = 1000;

    private final HttpSettings settings;
    private final JsonRpc jsonRpc;
    private final Responses responses;
    private final Sessions sessions;
    private final Admission admission;
    private final StreamableEndpoint streamable;
    private final SseEndpoint sse;
    private final AccessCheck access;
    private final Connections connections;
    private volatile @Nullable WebServer web;

    /**
     * Prepares a server; it does not listen yet.
     *
     * @param settings where to listen and which callers to admit
     * @param keys the API keys that are accepted; not consulted in development mode
     * @param json reads and writes messages
     * @param lifecycle the registry that decides when sessions end
     */
    public HttpServer(
            HttpSettings settings, ApiKeys keys, McpJsonMapper json, SessionLifecycle lifecycle) {
        this.settings = settings;
        this.jsonRpc = new JsonRpc(json);
        this.responses = new Responses(jsonRpc);
        this.access = new AccessCheck(settings, keys, responses);
        this.sessions = new Sessions(lifecycle, settings.sessions(), access::stillAllowed);
        this.admission = new Admission(sessions, responses, settings.sessions());
        HttpLimits limits = settings.limits();
        this.connections = new Connections(limits.connections(), settings.clients());
        MessageMemory memory = new MessageMemory();
        this.streamable =
                new StreamableEndpoint(jsonRpc, responses, sessions, admission, memory, limits);
        this.sse = new SseEndpoint(jsonRpc, responses, sessions, admission, memory, limits);
    }

    /** The transport on which to build the MCP server for Streamable HTTP. */
    public McpStreamableServerTransportProvider streamable() {
        return streamable;
    }

    /** The transport on which to build the MCP server for HTTP+SSE. */
    public McpServerTransportProvider sse() {
        return sse;
    }

    /**
     * Starts listening.
     *
     * @throws IOException if the server cannot listen on the address
     */
    public void start() throws IOException {
        checkAddress();
        WebServer starting = build().start();
        if (!starting.isRunning()) {
            throw cannotListen(null);
        }
        web = starting;
    }

    /**
     * Binds the address once to get a clear error: Helidon only logs a failed bind, with a stack
     * trace.
     */
    private void checkAddress() throws IOException {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(settings.host(), settings.port()));
        } catch (SocketException e) {
            throw cannotListen(e);
        }
    }

    /** The port on which the server listens; −1 if it is not running. */
    public int port() {
        WebServer running = web;
        return running == null ? -1 : running.port();
    }

    /**
     * Checks that the server still accepts connections. Helidon's listener ends for good when it
     * runs out of memory or descriptors once.
     *
     * @throws IOException if it does not
     */
    public void checkListening() throws IOException {
        if (port() < 0) {
            return;
        }
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(settings.host(), port()), CONNECT_MILLIS);
        } catch (SocketTimeoutException e) {
            log.debug("many clients are waiting to be accepted", e);
        }
    }

    /**
     * Stops the server: refuses new sessions, gives running requests {@link HttpLimits#stopGrace}
     * to finish, then ends all sessions that are not kept. Returns when that is done.
     */
    @Override
    public void close() {
        admission.close();
        sessions.beginStop();
        try {
            awaitCalls();
            sessions.stopAll();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            WebServer running = web;
            if (running != null) {
                running.stop();
            }
            connections.close();
        }
    }

    private void awaitCalls() throws InterruptedException {
        long end = System.nanoTime() + settings.limits().stopGrace().toNanos();
        for (TransportSession session : sessions.all()) {
            Duration left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
            if (!session.calls().awaitIdle(left)) {
                log.warn(
                        "interrupting requests that are still running {} after the stop",
                        settings.limits().stopGrace());
                return;
            }
        }
    }

    private IOException cannotListen(@Nullable Throwable cause) {
        return new IOException(
                "Cannot listen on "
                        + settings.host()
                        + ":"
                        + settings.port()
                        + ". Is another server running there, and is the address one of this"
                        + " machine's?",
                cause);
    }

    private WebServer build() {
        FaultBarrier faults = new FaultBarrier(jsonRpc, responses);
        HttpRouting.Builder routing =
                HttpRouting.builder()
                        .any("/mcp", faults.around(access.guard(streamable::handle)))
                        .any("/sse", faults.around(access.guard(sse::open)))
                        .any(SseEndpoint.MESSAGES_PATH, faults.around(access.guard(sse::receive)))
                        .get("/health", (req, res) -> responses.json(res, HEALTHY))
                        .get("/api/v1/health", (req, res) -> responses.json(res, HEALTHY))
                        .any(this::nothingHere);
        return WebServer.builder()
                .host(settings.host())
                .port(settings.port())
                .maxPayloadSize(settings.limits().maxBodyBytes())
                // Helidon must not read from a connection before its guard sees it.
                .protocolsDiscoverServices(false)
                .addConnectionSelector(new GuardedSelector(connections))
                // At this number Helidon accepts nobody. The guard keeps below it.
                .maxTcpConnections(settings.limits().connections().connections() + CLOSING)
                .connectionOptions(SocketOptions.builder().tcpNoDelay(true).build())
                .shutdownHook(false)
                .directHandlers(errors())
                .routing(routing)
                .build();
    }

    private void nothingHere(ServerRequest req, ServerResponse res) {
        responses.refuse(req, res, Status.NOT_FOUND_404, describe(Status.NOT_FOUND_404));
    }

    /** Gives errors that Helidon detects itself the same form as ours. */
    private DirectHandlers errors() {
        DirectHandlers.Builder handlers = DirectHandlers.builder();
        for (DirectHandler.EventType type : DirectHandler.EventType.values()) {
            handlers.addHandler(
                    type,
                    (request, event, status, headers, message) ->
                            DirectHandler.TransportResponse.builder()
                                    .status(status)
                                    .headers(headers)
                                    .header(Responses.JSON)
                                    .entity(
                                            jsonRpc.error(
                                                    null, JsonRpc.SERVER_ERROR, describe(status)))
                                    .build());
        }
        return handlers.build();
    }

    private String describe(Status status) {
        return switch (status.code()) {
            case 404 -> "There is nothing at this path. MCP is at /mcp.";
            case 413 ->
                    "A request body may have at most "
                            + settings.limits().maxBodyBytes()
                            + " bytes.";
            case 500 -> "Internal error. The server's log says more.";
            default -> status.reasonPhrase();
        };
    }
}
