package dev.microsandbox.mcp.endtoend;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Speaks plain JSON-RPC with {@code msb stdio}, so that it can send invalid messages on purpose.
 */
final class StdioClient implements AutoCloseable {

    private static final JsonMapper JSON = JsonMapper.shared();

    private final Process process;
    private final OutputStream out;
    private final AtomicInteger ids = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();
    private final LinkedBlockingQueue<JsonNode> withoutId = new LinkedBlockingQueue<>();

    StdioClient(Installation installation) throws IOException, InterruptedException {
        process = installation.process("stdio").start();
        out = process.getOutputStream();
        Thread.ofVirtual().start(this::read);
        request(
                "initialize",
                Map.of(
                        "protocolVersion",
                        "2025-11-25",
                        "capabilities",
                        Map.of(),
                        "clientInfo",
                        Map.of("name", "by hand", "version", "1")));
        line("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
    }

    Process process() {
        return process;
    }

    /** Sends a line as it is. */
    void line(String line) throws IOException {
        bytes((line + "\n").getBytes(StandardCharsets.UTF_8));
    }

    void bytes(byte[] bytes) throws IOException {
        synchronized (out) {
            out.write(bytes);
            out.flush();
        }
    }

    /** Calls a tool and waits for its result. */
    JsonNode call(String tool, Map<String, Object> arguments)
            throws IOException, InterruptedException {
        return request("tools/call", Map.of("name", tool, "arguments", arguments)).get("result");
    }

    CompletableFuture<JsonNode> start(String tool, Map<String, Object> arguments)
            throws IOException {
        return send("tools/call", Map.of("name", tool, "arguments", arguments));
    }

    JsonNode request(String method, Map<String, Object> params)
            throws IOException, InterruptedException {
        try {
            return send(method, params).get(150, TimeUnit.SECONDS);
        } catch (java.util.concurrent.ExecutionException
                | java.util.concurrent.TimeoutException e) {
            throw new IOException("no answer to " + method, e);
        }
    }

    private CompletableFuture<JsonNode> send(String method, Map<String, Object> params)
            throws IOException {
        int id = ids.incrementAndGet();
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        waiting.put(id, answer);
        line(
                JSON.writeValueAsString(
                        Map.of("jsonrpc", "2.0", "id", id, "method", method, "params", params)));
        return answer;
    }

    /** The next message that is not an answer to a request of this client. */
    JsonNode nextWithoutId() throws IOException, InterruptedException {
        JsonNode message = withoutId.poll(60, TimeUnit.SECONDS);
        if (message == null) {
            throw new IOException("no message came");
        }
        return message;
    }

    private void read() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            String line;
            while ((line = lines.readLine()) != null) {
                JsonNode message = JSON.readTree(line);
                @Nullable CompletableFuture<JsonNode> answer =
                        message.path("id").isInt()
                                ? waiting.remove(message.get("id").asInt())
                                : null;
                if (answer != null) {
                    answer.complete(message);
                } else if (!message.has("method")) {
                    withoutId.add(message);
                }
            }
        } catch (IOException e) {
            // The process has ended.
        }
        waiting.values().forEach(a -> a.completeExceptionally(new IOException("msb is gone")));
    }

    @Override
    public void close() throws IOException {
        out.close();
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException("msb stdio did not end with its input");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
