package dev.microsandbox.mcp.transport;

import dev.microsandbox.mcp.auth.ApiKeys;
import dev.microsandbox.mcp.life.SessionLifecycle;
import dev.microsandbox.mcp.life.SessionTimes;
import io.modelcontextprotocol.json.McpJsonDefaults;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** A running server, and a client for it. */
final class HttpFixture implements AutoCloseable {

    static final HttpLimits LIMITS =
            new HttpLimits(1 << 20, 256, Duration.ofMillis(100), Duration.ofMillis(500));
    static final SessionTimes TIMES = new SessionTimes(Duration.ofMinutes(15), Duration.ofHours(8));
    static final String ACCEPT = "application/json, text/event-stream";

    final TestTools tools = new TestTools();
    final List<String> ended;
    final ApiKeys keys;
    final HttpServer server;

    private final SessionLifecycle lifecycle;
    private final HttpClient client = HttpClient.newHttpClient();

    HttpFixture(Path home, HttpSettings settings) throws IOException {
        this(home, settings, TIMES, new TestHost());
    }

    HttpFixture(Path home, HttpSettings settings, SessionTimes times, TestHost host)
            throws IOException {
        ended = host.ended;
        keys = new ApiKeys(home.resolve("keys"));
        lifecycle =
                new SessionLifecycle(
                        _ -> times, () -> Duration.ofMillis(20), host, System::nanoTime);
        server = new HttpServer(settings, keys, McpJsonDefaults.getMapper(), lifecycle);
        tools.serve(server);
        server.start();
    }

    static HttpSettings settings() {
        return HttpSettings.of("127.0.0.1", 0).withLimits(LIMITS, SessionLimits.DEFAULT);
    }

    /** A server that needs no keys. */
    static HttpFixture open(Path home) throws IOException {
        return new HttpFixture(home, settings().withDevelopmentMode(true));
    }

    /** A server that needs no keys, with the given limits on sessions. */
    static HttpFixture open(Path home, SessionTimes times, SessionLimits limits)
            throws IOException {
        return new HttpFixture(
                home,
                settings().withDevelopmentMode(true).withLimits(LIMITS, limits),
                times,
                new TestHost());
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.port() + path);
    }

    /** A request with the usual headers. */
    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(uri(path))
                .timeout(Duration.ofSeconds(20))
                .header("Accept", ACCEPT)
                .header("Content-Type", "application/json");
    }

    HttpRequest.Builder post(String body) {
        return request("/mcp").POST(BodyPublishers.ofString(body));
    }

    HttpRequest.Builder post(String session, String body) {
        return post(body)
                .header("Mcp-Session-Id", session)
                .header("MCP-Protocol-Version", "2025-11-25");
    }

    HttpResponse<String> send(HttpRequest.Builder request)
            throws IOException, InterruptedException {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    /** Opens a session without a key. */
    String initialize() throws IOException, InterruptedException {
        return initialize(request("/mcp"));
    }

    /** Opens a session with the given headers. */
    String initialize(HttpRequest.Builder headers) throws IOException, InterruptedException {
        HttpResponse<String> response =
                send(headers.POST(BodyPublishers.ofString(Messages.initialize(0))));
        if (response.statusCode() != 200) {
            throw new AssertionError(response.statusCode() + ": " + response.body());
        }
        return response.headers().firstValue("Mcp-Session-Id").orElseThrow();
    }

    /**
     * The answer, whether it arrived as JSON or, from a busy server, as the last of several events.
     */
    static JsonNode json(HttpResponse<String> response) {
        String body = response.body();
        int data = body.lastIndexOf("data: ");
        boolean events = body.startsWith(":");
        return Messages.JSON.readTree(events ? body.substring(data + "data: ".length()) : body);
    }

    static String message(HttpResponse<String> response) {
        return json(response).at("/error/message").asString();
    }

    @Override
    public void close() {
        tools.release.countDown();
        server.close();
        lifecycle.close();
        client.close();
    }
}
