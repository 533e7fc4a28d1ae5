package dev.microsandbox.mcp.endtoend;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A session over plain Streamable HTTP. It knows only its id, so it can continue with a restarted
 * server.
 */
public final class HttpClientSession implements AutoCloseable {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String VERSION = "2025-11-25";

    private final HttpClient http = HttpClient.newHttpClient();
    private final AtomicInteger ids = new AtomicInteger();
    private volatile Installation.Server server;
    private final String key;
    private final String id;

    /**
     * The answer to a tool call.
     *
     * @param result the tool's result
     * @param before the messages that arrived before it
     */
    public record Answer(JsonNode result, List<JsonNode> before) {

        public String text() {
            return result.get("content").get(0).get("text").asString();
        }

        public boolean isError() {
            return result.path("isError").asBoolean();
        }

        public JsonNode fact(String name) {
            return result.get("structuredContent").get(name);
        }
    }

    public HttpClientSession(Installation.Server server) throws IOException, InterruptedException {
        this(server, "");
    }

    /**
     * @param key an API key; empty where none is needed
     */
    HttpClientSession(Installation.Server server, String key)
            throws IOException, InterruptedException {
        this.server = server;
        this.key = key;
        HttpResponse<String> opened =
                post(
                        "",
                        message(
                                "initialize",
                                Map.of(
                                        "protocolVersion",
                                        VERSION,
                                        "capabilities",
                                        Map.of(),
                                        "clientInfo",
                                        Map.of("name", "by hand", "version", "1"))));
        id =
                opened.headers()
                        .firstValue("Mcp-Session-Id")
                        .orElseThrow(() -> new IOException("no session: " + opened.body()));
        post(id, Map.of("jsonrpc", "2.0", "method", "notifications/initialized"));
    }

    String id() {
        return id;
    }

    /** Continues this session with another server. */
    void moveTo(Installation.Server other) {
        server = other;
    }

    private Map<String, Object> message(String method, Map<String, Object> params) {
        return message(ids.incrementAndGet(), method, params);
    }

    private static Map<String, Object> message(
            int request, String method, Map<String, Object> params) {
        return Map.of("jsonrpc", "2.0", "id", request, "method", method, "params", params);
    }

    /** Calls a tool, asks for progress, and waits for its result. */
    public Answer call(String tool, Map<String, Object> arguments)
            throws IOException, InterruptedException {
        HttpResponse<String> response = request(tool, arguments);
        List<JsonNode> messages = messages(response);
        JsonNode result = messages.isEmpty() ? null : messages.getLast().get("result");
        if (result == null) {
            throw new IOException(response.statusCode() + ": " + response.body());
        }
        return new Answer(result, messages.subList(0, messages.size() - 1));
    }

    /** As {@link #call}, for an answer that is not a result. */
    HttpResponse<String> request(String tool, Map<String, Object> arguments)
            throws IOException, InterruptedException {
        return post(
                id,
                message(
                        "tools/call",
                        Map.of(
                                "name",
                                tool,
                                "arguments",
                                arguments,
                                "_meta",
                                Map.of("progressToken", "p"))));
    }

    /** Ends the session on the server. */
    public void end() throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(server.url("/mcp")))
                        .header("Mcp-Session-Id", id)
                        .DELETE()
                        .build();
        int status = http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        if (status / 100 != 2) {
            throw new IOException("the session did not end: " + status);
        }
    }

    /**
     * A running call.
     *
     * @param request its JSON-RPC id
     * @param response the future response; cancelling it drops the connection
     */
    public record Started(int request, CompletableFuture<HttpResponse<String>> response) {

        /** The result in the last message received, if it has one. */
        public Optional<Answer> answer(HttpResponse<String> whole) {
            List<JsonNode> messages = messages(whole);
            return messages.isEmpty() || !messages.getLast().has("result")
                    ? Optional.empty()
                    : Optional.of(
                            new Answer(
                                    messages.getLast().get("result"),
                                    messages.subList(0, messages.size() - 1)));
        }
    }

    /** As {@link #call}, without waiting. */
    public Started start(String tool, Map<String, Object> arguments, Duration patience) {
        int request = ids.incrementAndGet();
        Map<String, Object> params = Map.of("name", tool, "arguments", arguments);
        return new Started(
                request,
                http.sendAsync(
                        httpRequest(id, message(request, "tools/call", params), patience),
                        HttpResponse.BodyHandlers.ofString()));
    }

    /** Asks the server to stop a call. */
    public void cancel(Started started) throws IOException, InterruptedException {
        post(
                id,
                Map.of(
                        "jsonrpc",
                        "2.0",
                        "method",
                        "notifications/cancelled",
                        "params",
                        Map.of("requestId", started.request(), "reason", "enough")));
    }

    private HttpResponse<String> post(String session, Map<String, Object> message)
            throws IOException, InterruptedException {
        return http.send(
                httpRequest(session, message, Duration.ofMinutes(4)),
                HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest httpRequest(
            String session, Map<String, Object> message, Duration patience) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(server.url("/mcp")))
                        .timeout(patience)
                        .header("Content-Type", "application/json")
                        .header("Accept", "application/json, text/event-stream")
                        .POST(
                                HttpRequest.BodyPublishers.ofString(
                                        JSON.writeValueAsString(message)));
        if (!key.isEmpty()) {
            request.header("Authorization", "Bearer " + key);
        }
        if (!session.isEmpty()) {
            request.header("Mcp-Session-Id", session).header("MCP-Protocol-Version", VERSION);
        }
        return request.build();
    }

    /** The messages of an event stream, or the single message of a JSON body. */
    private static List<JsonNode> messages(HttpResponse<String> response) {
        if (!response.headers().firstValue("Content-Type").orElse("").contains("event-stream")) {
            return List.of(JSON.readTree(response.body()));
        }
        return response.body()
                .lines()
                .filter(line -> line.startsWith("data:") && line.contains("{"))
                .map(line -> JSON.readTree(line.substring("data:".length())))
                .toList();
    }

    @Override
    public void close() {
        http.close();
    }
}
