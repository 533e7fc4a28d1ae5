package dev.microsandbox.mcp.front;

import dev.microsandbox.mcp.auth.ApiKeys;
import dev.microsandbox.mcp.transport.Caller;
import dev.microsandbox.mcp.transport.HttpLimits;
import dev.microsandbox.mcp.transport.HttpListener;
import dev.microsandbox.mcp.transport.HttpSettings;
import dev.microsandbox.mcp.transport.JsonRpc;
import dev.microsandbox.mcp.transport.SessionLimits;
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
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A front with fake workers, and a client for it. */
final class FrontFixture implements Workers, AutoCloseable {

    static final FrontTimes TIMES =
            new FrontTimes(
                    Duration.ofSeconds(2),
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(2),
                    Duration.ofSeconds(10),
                    Duration.ofMillis(100),
                    Duration.ofMillis(50));

    static final String ACCEPT = "application/json, text/event-stream";

    final Map<String, Worker> workers = new ConcurrentHashMap<>();

    /** Callers whose key does not count any more. */
    final Set<Caller> revoked = ConcurrentHashMap.newKeySet();

    /** How often a worker was asked for that might have had to be started. */
    final AtomicInteger asked = new AtomicInteger();

    final ApiKeys keys;
    private final Path home;
    private final Forwarder forwarder;
    private final HttpListener listener;
    private final HttpClient client = HttpClient.newHttpClient();

    FrontFixture(Path home) throws IOException {
        this(home, TIMES);
    }

    FrontFixture(Path home, FrontTimes times) throws IOException {
        this.home = home;
        HttpLimits limits = new HttpLimits(100 << 20, 4096, times.keepAlive(), Duration.ZERO);
        HttpSettings settings =
                HttpSettings.of("127.0.0.1", 0)
                        .withDevelopmentMode(true)
                        .withAllowed(Set.of("https://page.example"), Set.of())
                        .withLimits(limits, SessionLimits.DEFAULT);
        keys = new ApiKeys(home.resolve("keys"));
        var json = McpJsonDefaults.getMapper();
        forwarder =
                new Forwarder(
                        this, settings.clients(), caller -> !revoked.contains(caller), times, json);
        listener = new HttpListener(settings, keys, new JsonRpc(json), forwarder);
        listener.start();
    }

    /** Has the default namespace's worker do something on each connection. */
    FakeWorker worker(FakeWorker.Script script) throws IOException {
        FakeWorker worker = new FakeWorker(home, script);
        workers.put("default", worker);
        return worker;
    }

    /** Has the default namespace's worker answer each request in the same way. */
    FakeWorker answering(String answer) throws IOException {
        FakeWorker worker = FakeWorker.answering(home, answer);
        workers.put("default", worker);
        return worker;
    }

    @Override
    public Worker worker(String namespace) throws NoWorkerException {
        asked.incrementAndGet();
        return running(namespace)
                .orElseThrow(
                        () ->
                                new NoWorkerException(
                                        "No worker can be started.", Duration.ofSeconds(7)));
    }

    @Override
    public Optional<Worker> running(String namespace) {
        @Nullable Worker worker = workers.get(namespace);
        return worker != null && worker.isAlive() ? Optional.of(worker) : Optional.empty();
    }

    int port() {
        return listener.port();
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
                .timeout(Duration.ofSeconds(20))
                .header("Accept", ACCEPT)
                .header("Content-Type", "application/json");
    }

    HttpRequest.Builder post(String body) {
        return request("/mcp").POST(BodyPublishers.ofString(body));
    }

    HttpResponse<String> send(HttpRequest.Builder request)
            throws IOException, InterruptedException {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    RawClient raw() throws IOException {
        return new RawClient(port());
    }

    static String json(String body) {
        return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                + body.length()
                + "\r\n\r\n"
                + body;
    }

    @Override
    public void close() throws IOException {
        forwarder.close();
        listener.close();
        client.close();
        for (Worker worker : workers.values()) {
            if (worker instanceof FakeWorker fake) {
                fake.close();
            }
        }
    }
}
