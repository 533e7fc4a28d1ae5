package dev.microsandbox.mcp.transport;

import dev.microsandbox.mcp.auth.ApiKeys;
import dev.microsandbox.mcp.transport.connection.Connections;
import dev.microsandbox.mcp.transport.connection.GuardedSelector;
import io.helidon.common.socket.SocketOptions;
import io.helidon.http.DirectHandler;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens for HTTP requests, checks who sends them, and hands those to the paths of MCP on to an
 * {@link Entry}. Answers {@code /health} itself. Thread-safe.
 */
public final class HttpListener implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(HttpListener.class);

    private static final byte[] HEALTHY =
            "{\"message\":\"Service is healthy\"}".getBytes(StandardCharsets.UTF_8);

    /** How many connections may be about to be closed, beyond those that are counted. */
    private static final int CLOSING = 512;

    private static final int CONNECT_MILLIS = 1000;

    private final HttpSettings settings;
    private final JsonRpc jsonRpc;
    private final Responses responses;
    private final Gate gate;
    private final Connections connections;
    private final Entry entry;
    private volatile @Nullable WebServer web;

    /**
     * What admitted requests are for. The sessions of this process are one entry; to pass requests
     * on to other processes is another. Each method is called on the connection's thread, which is
     * a virtual one, and answers the request before it returns.
     */
    public interface Entry {

        /** Handles a request to {@code /mcp}: Streamable HTTP. */
        void mcp(ServerRequest req, ServerResponse res, Caller caller)
                throws IOException, InterruptedException;

        /** Handles a request to {@code /sse}: the stream of the older transport. */
        void sse(ServerRequest req, ServerResponse res, Caller caller)
                throws IOException, InterruptedException;

        /** Handles a request to {@code /messages}: the messages of the older transport. */
        void messages(ServerRequest req, ServerResponse res, Caller caller)
                throws IOException, InterruptedException;
    }

    /** Decides whose requests are admitted. Thread-safe. */
    public interface Gate {

        /** A handler that passes on what is admitted, and refuses the rest itself. */
        Handler guard(GuardedHandler handler);
    }

    /** Handles requests that a {@link Gate} has admitted. */
    @FunctionalInterface
    public interface GuardedHandler {

        /** As {@link Handler#handle}, with the authenticated caller. */
        void handle(ServerRequest req, ServerResponse res, Caller caller) throws Exception;
    }

    /**
     * Prepares a listener; it does not listen yet.
     *
     * @param settings where to listen and which callers to admit
     * @param keys the API keys that are accepted; not consulted in development mode
     * @param jsonRpc writes the bodies of refusals
     * @param entry where admitted requests go
     */
    public HttpListener(HttpSettings settings, ApiKeys keys, JsonRpc jsonRpc, Entry entry) {
        this(settings, new AccessCheck(settings, keys, new Responses(jsonRpc)), jsonRpc, entry);
    }

    /** As the other constructor, with another way to tell who calls. */
    HttpListener(HttpSettings settings, Gate gate, JsonRpc jsonRpc, Entry entry) {
        this.settings = settings;
        this.jsonRpc = jsonRpc;
        this.responses = new Responses(jsonRpc);
        this.gate = gate;
        this.connections =
                new Connections(
                        settings.limits().connections(),
                        settings.clients(),
                        settings.socket() == null);
        this.entry = entry;
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
        if (settings.socket() != null) {
            return;
        }
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
        if (port() < 0 || settings.socket() != null) {
            return;
        }
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(settings.host(), port()), CONNECT_MILLIS);
        } catch (SocketTimeoutException e) {
            log.debug("many clients are waiting to be accepted", e);
        }
    }

    /** Stops listening, and closes all connections. */
    @Override
    public void close() {
        WebServer running = web;
        if (running != null) {
            running.stop();
        }
        connections.close();
    }

    private IOException cannotListen(@Nullable Throwable cause) {
        return new IOException(
                "Cannot listen on "
                        + (settings.socket() == null ? settings.host() : settings.socket())
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
                        .any(McpHeaders.MCP_PATH, faults.around(gate.guard(entry::mcp)))
                        .any(McpHeaders.SSE_PATH, faults.around(gate.guard(entry::sse)))
                        .any(McpHeaders.MESSAGES_PATH, faults.around(gate.guard(entry::messages)))
                        .get("/health", (req, res) -> responses.json(res, HEALTHY))
                        .get("/api/v1/health", (req, res) -> responses.json(res, HEALTHY))
                        .any(this::nothingHere);
        WebServerConfig.Builder web = WebServer.builder();
        if (settings.socket() == null) {
            web.host(settings.host()).port(settings.port());
            web.connectionOptions(SocketOptions.builder().tcpNoDelay(true).build());
        } else {
            web.bindAddress(UnixDomainSocketAddress.of(settings.socket()));
        }
        return web.maxPayloadSize(settings.limits().maxBodyBytes())
                // Helidon must not read from a connection before its guard sees it.
                .protocolsDiscoverServices(false)
                .addConnectionSelector(new GuardedSelector(connections))
                // At this number Helidon accepts nobody. The guard keeps below it.
                .maxTcpConnections(settings.limits().connections().connections() + CLOSING)
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
