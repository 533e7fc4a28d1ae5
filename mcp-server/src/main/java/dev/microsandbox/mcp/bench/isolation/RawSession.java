package dev.microsandbox.mcp.bench.isolation;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import tools.jackson.databind.json.JsonMapper;

/**
 * A session over plain HTTP. Unlike the SDK's client, it can read an answer far more slowly than
 * the server produces it. Thread-safe.
 */
final class RawSession implements AutoCloseable {

    private static final String VERSION = "2025-11-25";

    private static final int STEP_BYTES = 16 << 10;
    private static final long PAUSE_MILLIS = 100;

    private final HttpClient http;
    private final URI server;
    private final String id;
    private final AtomicInteger requests = new AtomicInteger();

    private RawSession(HttpClient http, URI server, String id) {
        this.http = http;
        this.server = server;
        this.id = id;
    }

    static RawSession open(URI server) throws IOException, InterruptedException {
        HttpClient http = HttpClient.newHttpClient();
        Map<String, Object> greeting =
                Map.of(
                        "protocolVersion",
                        VERSION,
                        "capabilities",
                        Map.of(),
                        "clientInfo",
                        Map.of("name", "flood", "version", "1"));
        HttpResponse<InputStream> opened =
                new RawSession(http, server, "").post("initialize", greeting);
        opened.body().close();
        String id =
                opened.headers()
                        .firstValue("Mcp-Session-Id")
                        .orElseThrow(() -> new IOException("the server opened no session"));
        return new RawSession(http, server, id);
    }

    /**
     * Calls a tool and waits for its result.
     *
     * @throws IOException if the result is an error
     */
    void call(String tool, Map<String, Object> arguments) throws IOException, InterruptedException {
        try (InputStream body = callTool(tool, arguments).body()) {
            String answer = new String(body.readAllBytes(), UTF_8);
            if (!answer.contains("\"isError\":false")) {
                throw new IOException(tool + " failed: " + answer);
            }
        }
    }

    /** Calls a tool and reads its answer in small steps while {@code wanted} is true. */
    void callAndReadSlowly(String tool, Map<String, Object> arguments, BooleanSupplier wanted)
            throws IOException, InterruptedException {
        try (InputStream body = callTool(tool, arguments).body()) {
            int read = STEP_BYTES;
            while (wanted.getAsBoolean() && read == STEP_BYTES) {
                Thread.sleep(PAUSE_MILLIS);
                read = body.readNBytes(STEP_BYTES).length;
            }
        }
    }

    private HttpResponse<InputStream> callTool(String tool, Map<String, Object> arguments)
            throws IOException, InterruptedException {
        return post("tools/call", Map.of("name", tool, "arguments", arguments));
    }

    private HttpResponse<InputStream> post(String method, Map<String, Object> params)
            throws IOException, InterruptedException {
        byte[] message =
                JsonMapper.shared()
                        .writeValueAsBytes(
                                Map.of(
                                        "jsonrpc",
                                        "2.0",
                                        "id",
                                        requests.incrementAndGet(),
                                        "method",
                                        method,
                                        "params",
                                        params));
        HttpRequest.Builder request =
                HttpRequest.newBuilder(server.resolve("/mcp"))
                        .timeout(Duration.ofMinutes(5))
                        .header("Content-Type", "application/json")
                        .header("Accept", "application/json, text/event-stream")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(message));
        if (!id.isEmpty()) {
            request.header("Mcp-Session-Id", id).header("MCP-Protocol-Version", VERSION);
        }
        HttpResponse<InputStream> response =
                http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        if (response.statusCode() != 200) {
            response.body().close();
            throw new IOException(method + ": HTTP status " + response.statusCode());
        }
        return response;
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
