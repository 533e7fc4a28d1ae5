package dev.microsandbox.mcp.front;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.auth.ApiKeys;
import dev.microsandbox.mcp.life.SessionLifecycle;
import dev.microsandbox.mcp.life.SessionTimes;
import dev.microsandbox.mcp.transport.HttpLimits;
import dev.microsandbox.mcp.transport.HttpServer;
import dev.microsandbox.mcp.transport.HttpSettings;
import dev.microsandbox.mcp.transport.Messages;
import dev.microsandbox.mcp.transport.SessionLimits;
import dev.microsandbox.mcp.transport.TestHost;
import dev.microsandbox.mcp.transport.TestTools;
import io.modelcontextprotocol.json.McpJsonDefaults;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The front in front of the server that workers run. */
@Timeout(60)
class RealWorkerTest {

    private static final HttpLimits LIMITS =
            new HttpLimits(100 << 20, 256, Duration.ofMillis(100), Duration.ofMillis(500));

    private final TestTools tools = new TestTools();
    private final SessionLifecycle lifecycle =
            new SessionLifecycle(
                    _ -> new SessionTimes(Duration.ofMinutes(15), Duration.ofHours(8)),
                    () -> Duration.ofSeconds(1),
                    new TestHost(),
                    System::nanoTime);
    private FrontFixture front;
    private HttpServer server;

    /** A worker on a port instead of a Unix socket. */
    private record PortWorker(int port) implements Worker {

        @Override
        public WorkerChannel connect() throws IOException {
            return new SocketWorkerChannel(
                    SocketChannel.open(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), port)));
        }

        @Override
        public boolean isAlive() {
            return true;
        }

        @Override
        public String lastWords() {
            return "";
        }
    }

    @BeforeEach
    void open(@TempDir Path home) throws Exception {
        server =
                new HttpServer(
                        HttpSettings.of("127.0.0.1", 0)
                                .withDevelopmentMode(true)
                                .withLimits(LIMITS, SessionLimits.DEFAULT),
                        new ApiKeys(home.resolve("keys-of-worker")),
                        McpJsonDefaults.getMapper(),
                        lifecycle);
        tools.serve(server);
        server.start();
        front = new FrontFixture(home);
        front.workers.put("default", new PortWorker(server.port()));
    }

    @AfterEach
    void close() throws Exception {
        tools.release.countDown();
        front.close();
        server.close();
        lifecycle.close();
    }

    private String initialize() throws Exception {
        HttpResponse<String> response = front.send(front.post(Messages.initialize(0)));
        assertThat(response.statusCode()).isEqualTo(200);
        String session = response.headers().firstValue("Mcp-Session-Id").orElseThrow();
        assertThat(
                        front.send(
                                        front.post(Messages.INITIALIZED)
                                                .header("Mcp-Session-Id", session))
                                .statusCode())
                .isEqualTo(202);
        return session;
    }

    @Test
    void serveASession() throws Exception {
        String session = initialize();
        String text = "x".repeat(300_000);
        String echo =
                front.send(
                                front.post(Messages.call(1, "echo", Map.of("text", text)))
                                        .header("Mcp-Session-Id", session))
                        .body();
        assertThat(echo).contains(text);
        assertThat(
                        front.send(front.request("/mcp").DELETE().header("Mcp-Session-Id", session))
                                .statusCode())
                .isEqualTo(204);
        HttpResponse<String> gone =
                front.send(
                        front.post(Messages.call(2, "echo", Map.of()))
                                .header("Mcp-Session-Id", session));
        assertThat(gone.statusCode()).isEqualTo(404);
        assertThat(gone.body()).contains("There is no such session");
    }

    @Test
    void sendTheEventsOfASlowCall() throws Exception {
        String session = initialize();
        try (RawClient client = front.raw()) {
            client.post(
                    "Accept: application/json, text/event-stream\r\nConnection: close\r\n"
                            + "Mcp-Session-Id: "
                            + session
                            + "\r\n",
                    Messages.call(1, "progress", Map.of()));
            client.readUntil("notifications/progress");
            tools.release.countDown();
            assertThat(client.readAll()).contains("finished").endsWith("0\r\n\r\n");
        }
    }

    @Test
    void interruptACallWhoseClientLeaves() throws Exception {
        String session = initialize();
        try (RawClient client = front.raw()) {
            client.post(
                    "Accept: application/json, text/event-stream\r\n"
                            + "Mcp-Session-Id: "
                            + session
                            + "\r\n",
                    Messages.call(1, "wait", Map.of()));
            assertThat(tools.nextEvent()).isEqualTo("started");
            client.readUntil(": ka");
        }
        assertThat(tools.nextEvent()).isEqualTo("interrupted");
    }

    @Test
    void refuse() throws Exception {
        assertThat(front.send(front.post("{").header("Mcp-Session-Id", "x")).statusCode())
                .isEqualTo(404);
        assertThat(front.send(front.post("{")).statusCode()).isEqualTo(400);
        assertThat(
                        front.send(front.request("/messages").POST(BodyPublishers.ofString("{}")))
                                .statusCode())
                .isEqualTo(400);
        assertThat(front.send(front.post("[" + " ".repeat(2_000_000) + "]")).statusCode())
                .isEqualTo(413);
    }

    @Test
    void listen() throws Exception {
        String session = initialize();
        try (RawClient client = front.raw()) {
            client.listen(session).readUntil(": ka\n\n");
            assertThat(
                            front.send(
                                            front.request("/mcp")
                                                    .DELETE()
                                                    .header("Mcp-Session-Id", session))
                                    .statusCode())
                    .isEqualTo(204);
            client.readUntil("0\r\n\r\n");
        }
    }

    @Test
    void serveTheOlderTransport() throws Exception {
        try (RawClient client = front.raw()) {
            client.send(
                    "GET /sse HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
            client.readUntil("data: /messages?sessionId=");
            String id = client.readUntil("\n").strip();
            assertThat(
                            front.send(
                                            front.request("/messages?sessionId=" + id)
                                                    .POST(
                                                            BodyPublishers.ofString(
                                                                    Messages.initialize(0))))
                                    .statusCode())
                    .isEqualTo(202);
            client.readUntil("\"serverInfo\"");
        }
    }
}
