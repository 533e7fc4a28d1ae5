package dev.microsandbox.mcp.transport;

import dev.microsandbox.mcp.auth.ApiKeys;
import dev.microsandbox.mcp.life.SessionLifecycle;
import dev.microsandbox.mcp.memory.MessageMemory;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.spec.McpServerTransportProvider;
import io.modelcontextprotocol.spec.McpStreamableServerTransportProvider;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.Predicate;
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

    private final HttpSettings settings;
    private final Sessions sessions;
    private final Admission admission;
    private final StreamableEndpoint streamable;
    private final SseEndpoint sse;
    private final HttpListener listener;

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
        this(
                json,
                settings,
                jsonRpc -> new AccessCheck(settings, keys, new Responses(jsonRpc)),
                caller -> caller.isStillAllowed(keys),
                lifecycle);
    }

    /**
     * As the other constructor, for a server whose only client is a front.
     *
     * @param gate tells who calls by what the front says
     * @param stillAllowed whether a caller that was admitted earlier would still be admitted now
     */
    public HttpServer(
            HttpSettings settings,
            HttpListener.Gate gate,
            Predicate<Caller> stillAllowed,
            McpJsonMapper json,
            SessionLifecycle lifecycle) {
        this(json, settings, _ -> gate, stillAllowed, lifecycle);
    }

    private HttpServer(
            McpJsonMapper json,
            HttpSettings settings,
            Function<JsonRpc, HttpListener.Gate> gate,
            Predicate<Caller> stillAllowed,
            SessionLifecycle lifecycle) {
        this.settings = settings;
        JsonRpc jsonRpc = new JsonRpc(json);
        Responses responses = new Responses(jsonRpc);
        this.sessions = new Sessions(lifecycle, settings.sessions(), stillAllowed);
        this.admission = new Admission(sessions, responses, settings.sessions());
        HttpLimits limits = settings.limits();
        MessageMemory memory = new MessageMemory();
        this.streamable =
                new StreamableEndpoint(
                        jsonRpc,
                        responses,
                        sessions,
                        admission,
                        memory,
                        limits,
                        settings.socket() != null);
        this.sse = new SseEndpoint(jsonRpc, responses, sessions, admission, memory, limits);
        this.listener =
                new HttpListener(settings, gate.apply(jsonRpc), jsonRpc, new SessionEntry());
    }

    /** The transport on which to build the MCP server for Streamable HTTP. */
    public McpStreamableServerTransportProvider streamable() {
        return streamable;
    }

    /** The transport on which to build the MCP server for HTTP+SSE. */
    public McpServerTransportProvider sse() {
        return sse;
    }

    /** As {@link HttpListener#start}. */
    public void start() throws IOException {
        listener.start();
    }

    /** As {@link HttpListener#port}. */
    public int port() {
        return listener.port();
    }

    /** As {@link HttpListener#checkListening}. */
    public void checkListening() throws IOException {
        listener.checkListening();
    }

    /**
     * What a server does.
     *
     * @param sessions open sessions
     * @param busy those of them with a running request, or that could not be resumed if the server
     *     stopped
     */
    public record Activity(int sessions, int busy) {}

    /** What the server does now. Event streams without a request do not count. */
    public Activity activity() {
        return sessions.activity();
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
            listener.close();
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

    /** Requests that are for sessions of this process. */
    private final class SessionEntry implements HttpListener.Entry {

        @Override
        public void mcp(ServerRequest req, ServerResponse res, Caller caller)
                throws IOException, InterruptedException {
            streamable.handle(req, res, caller);
        }

        @Override
        public void sse(ServerRequest req, ServerResponse res, Caller caller)
                throws IOException, InterruptedException {
            sse.open(req, res, caller);
        }

        @Override
        public void messages(ServerRequest req, ServerResponse res, Caller caller)
                throws IOException, InterruptedException {
            sse.receive(req, res, caller);
        }
    }
}
