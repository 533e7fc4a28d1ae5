package dev.microsandbox.mcp.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.transport.connection.ConnectionLimits;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How long a client may keep the server waiting. */
@Timeout(60)
class HttpDeadlinesTest {

    private static final Duration SHORT = Duration.ofMillis(700);
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final String HEALTH = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";

    @TempDir Path home;

    @SuppressWarnings("NullAway.Init")
    private HttpFixture http;

    @AfterEach
    void stop() {
        http.close();
    }

    private void serve(Duration header, Duration idle, Duration body, Duration answer)
            throws IOException {
        HttpLimits limits =
                new HttpLimits(
                        1 << 20,
                        ConnectionLimits.of(64).withTimes(header, idle, body, answer),
                        HttpFixture.LIMITS.keepAlive(),
                        HttpFixture.LIMITS.stopGrace());
        http =
                new HttpFixture(
                        home,
                        HttpFixture.settings()
                                .withDevelopmentMode(true)
                                .withLimits(limits, SessionLimits.DEFAULT));
    }

    @Test
    void aHeaderHasItsTimeFromTheConnectionsBeginning() throws Exception {
        serve(SHORT, LONG, LONG, LONG);
        try (Socket silent = open();
                Socket half = open();
                Socket dripping = open()) {
            send(half, "GET /mcp HTTP/1.1\r\nX: ");
            assertThat(dripUntilClosed(dripping, "GET /mcp HTTP/1.1\r\nX: ")).isTrue();
            assertThat(ends(half)).isTrue();
            assertThat(ends(silent)).isTrue();
        }
    }

    @Test
    void aLaterHeaderHasItsTimeFromItsFirstByte() throws Exception {
        serve(SHORT, LONG, LONG, LONG);
        try (Socket idle = open();
                Socket half = open();
                Socket pipelined = open()) {
            send(idle, HEALTH);
            send(half, HEALTH);
            awaitAnswer(half);
            send(half, "G");
            // Its second request begins before the first is answered.
            send(pipelined, HEALTH + "G");
            assertThat(ends(half)).isTrue();
            assertThat(ends(pipelined)).isTrue();
            awaitAnswer(idle);
            send(idle, HEALTH);
            awaitAnswer(idle);
        }
    }

    @Test
    void anIdleConnectionIsClosed() throws Exception {
        serve(LONG, SHORT, LONG, LONG);
        try (Socket socket = open()) {
            send(socket, HEALTH);
            assertThat(ends(socket)).isTrue();
        }
    }

    @Test
    void aBodyMustKeepMoving() throws Exception {
        serve(LONG, LONG, SHORT, LONG);
        String head = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
        try (Socket half = open();
                Socket dripping = open();
                Socket burst = open();
                Socket chunks = open()) {
            send(half, head + "Content-Length: 100000\r\n\r\n{");
            send(chunks, head + "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n");
            // Bytes that come quickly earn no time for later.
            send(burst, head + "Content-Length: 1000000\r\n\r\n" + " ".repeat(900_000));
            assertThat(dripUntilClosed(dripping, head + "Content-Length: 100000\r\n\r\n")).isTrue();
            assertThat(ends(half)).isTrue();
            assertThat(ends(chunks)).isTrue();
            assertThat(ends(burst)).isTrue();
        }
    }

    @Test
    void aBodyThatMovesIsRead() throws Exception {
        serve(LONG, LONG, SHORT, LONG);
        String body = Messages.initialize(1) + " ".repeat(100_000);
        try (Socket socket = open()) {
            send(
                    socket,
                    "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                            + "Content-Length: "
                            + body.length()
                            + "\r\n\r\n");
            // Three times as long as the patience, at three times the least speed.
            for (int at = 0; at < body.length(); at += 5000) {
                send(socket, body.substring(at, Math.min(body.length(), at + 5000)));
                Thread.sleep(100);
            }
            awaitAnswer(socket);
        }
    }

    @Test
    void anAnswerMustBeRead() throws Exception {
        serve(LONG, LONG, LONG, SHORT);
        String session = http.initialize();
        String call = Messages.call(1, "echo", Map.of("text", "x".repeat(500_000)));
        String request =
                "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                        + "Mcp-Session-Id: "
                        + session
                        + "\r\nContent-Length: "
                        + call.length()
                        + "\r\n\r\n"
                        + call;
        try (Socket socket = open()) {
            // More answers than the sockets' buffers hold.
            assertThat(sendUntilClosed(socket, request)).isTrue();
        }
    }

    @Test
    void aStreamLastsAsLongAsItsCommentsCanBeWritten() throws Exception {
        serve(SHORT, SHORT, SHORT, SHORT);
        String session = http.initialize();
        try (Socket socket = open()) {
            send(
                    socket,
                    "GET /mcp HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
                            + "Mcp-Session-Id: "
                            + session
                            + "\r\n\r\n");
            Thread.sleep(3 * SHORT.toMillis());
            // What has arrived meanwhile, and then more.
            assertThat(socket.getInputStream().skip(socket.getInputStream().available()))
                    .isPositive();
            assertThat(socket.getInputStream().read()).isNotNegative();
        }
    }

    private Socket open() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), http.server.port());
        socket.setSoTimeout(10_000);
        return socket;
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Reads an answer's first bytes, and what else has come with them. */
    private static void awaitAnswer(Socket socket) throws IOException {
        byte[] begin = socket.getInputStream().readNBytes(12);
        assertThat(new String(begin, StandardCharsets.UTF_8)).isEqualTo("HTTP/1.1 200");
        var _ = socket.getInputStream().skip(socket.getInputStream().available());
    }

    /** Whether the server closes the connection before the client loses its patience. */
    private static boolean ends(Socket socket) throws IOException {
        try {
            socket.getInputStream().readAllBytes();
        } catch (SocketException e) {
            // A reset ends it too.
        }
        return true;
    }

    /** Sends a byte every 50 ms. Returns false if the server lets it go on for ten seconds. */
    private static boolean dripUntilClosed(Socket socket, String head) throws Exception {
        send(socket, head);
        OutputStream out = socket.getOutputStream();
        try {
            for (int i = 0; i < 200; i++) {
                out.write(' ');
                Thread.sleep(50);
            }
        } catch (SocketException e) {
            return true;
        }
        return false;
    }

    /** Sends a request again and again without reading an answer. */
    private static boolean sendUntilClosed(Socket socket, String request) throws IOException {
        try {
            for (int i = 0; i < 200; i++) {
                send(socket, request);
            }
        } catch (SocketException e) {
            return true;
        }
        return false;
    }
}
