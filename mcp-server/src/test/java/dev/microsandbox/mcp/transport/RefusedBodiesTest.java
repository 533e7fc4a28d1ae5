package dev.microsandbox.mcp.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.auth.IssuedKey;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A body that is a request itself is not served, whatever the request that carries it is. */
@Timeout(60)
class RefusedBodiesTest {

    private static final String INNER =
            """
            GET /health HTTP/1.1\r
            Host: localhost\r
            \r
            """;

    /** What fits into one segment, what does not, and what no buffer on the way holds. */
    private static final List<Integer> SIZES =
            List.of(1, INNER.length(), 4 << 10, 70_000, 200 << 10);

    @TempDir Path home;

    @SuppressWarnings("NullAway.Init")
    private HttpFixture http;

    @SuppressWarnings("NullAway.Init")
    private IssuedKey key;

    @BeforeEach
    void start() throws IOException {
        http =
                new HttpFixture(
                        home,
                        HttpFixture.settings()
                                .withAllowed(Set.of(), Set.of("sandbox.example"))
                                .withLimits(
                                        new HttpLimits(
                                                1 << 20,
                                                16,
                                                HttpFixture.LIMITS.keepAlive(),
                                                HttpFixture.LIMITS.stopGrace()),
                                        new SessionLimits(10, 1)));
        key = http.keys.create("team-a", null);
    }

    @AfterEach
    void stop() {
        http.close();
    }

    static Stream<Arguments> refusals() {
        return Stream.of(
                Arguments.of(401, "POST /mcp", "Host: localhost"),
                Arguments.of(401, "DELETE /mcp", "Host: localhost"),
                Arguments.of(401, "GET /mcp", "Host: localhost"),
                Arguments.of(401, "HEAD /mcp", "Host: localhost"),
                Arguments.of(401, "POST /sse", "Host: localhost"),
                Arguments.of(401, "POST /messages?sessionId=x", "Host: localhost"),
                Arguments.of(403, "POST /mcp", "Host: localhost\r\nOrigin: http://evil.example"),
                Arguments.of(204, "OPTIONS /mcp", "Host: localhost"),
                Arguments.of(404, "POST /unknown", "Host: localhost"),
                Arguments.of(404, "DELETE /.well-known/oauth", "Host: localhost"),
                Arguments.of(404, "POST /health", "Host: localhost"),
                Arguments.of(200, "GET /health", "Host: localhost"),
                Arguments.of(404, "HEAD /health", "Host: localhost"),
                Arguments.of(421, "POST /mcp", "Host: evil.example"),
                Arguments.of(
                        404, "POST /mcp", "Host: localhost\r\nMcp-Session-Id: x\r\nKEY\r\nJSON"),
                Arguments.of(404, "DELETE /mcp", "Host: localhost\r\nMcp-Session-Id: x\r\nKEY"),
                Arguments.of(405, "PUT /mcp", "Host: localhost\r\nKEY"),
                Arguments.of(405, "DELETE /sse", "Host: localhost\r\nKEY"),
                Arguments.of(
                        406,
                        "POST /mcp",
                        "Host: localhost\r\nKEY\r\nAccept: text/html\r\nContent-Type: application/json"),
                Arguments.of(
                        415, "POST /mcp", "Host: localhost\r\nKEY\r\nContent-Type: text/plain"),
                Arguments.of(400, "POST /messages", "Host: localhost\r\nKEY\r\nJSON"),
                Arguments.of(400, "GET /mcp", "Host: localhost\r\nKEY\r\nAccept: */*"),
                Arguments.of(400, "POST /mcp", "Host: localhost\r\nHost: localhost"),
                Arguments.of(400, "POST /mcp", "Host: localhost\r\nKEY\r\nBad header"),
                Arguments.of(400, "POST /mcp", "Host: localhost\r\nContent-Length: 3"),
                Arguments.of(400, "POST /mcp", "Host: localhost\r\nContent-Encoding: gzip"),
                Arguments.of(
                        400,
                        "POST /mcp",
                        "Host: localhost\r\nKEY\r\nJSON\r\nMCP-Protocol-Version: 1999-01-01"),
                Arguments.of(
                        401,
                        "POST /mcp",
                        "Host: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c"));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void aBodyIsNotTheNextRequest(int status, String line, String headers) throws Exception {
        for (int size : SIZES) {
            String body = INNER.repeat(size / INNER.length() + 1).substring(0, size);
            for (String connection : new String[] {"", "\r\nConnection: close"}) {
                String head =
                        line
                                + " HTTP/1.1\r\n"
                                + headers.replace("KEY", "X-API-Key: " + key.token())
                                        .replace("JSON", "Content-Type: application/json")
                                + connection;
                assertThat(answers(head + "\r\nContent-Length: " + size + "\r\n\r\n" + body))
                        .as("%s with %d bytes %s", line, size, connection)
                        .hasSize(1)
                        .first()
                        .isEqualTo(status);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void aChunkedBodyIsNotTheNextRequest(int status, String line, String headers) throws Exception {
        if (headers.contains("Content-Length")) {
            // Both at once are tried below.
            return;
        }
        for (int size : List.of(INNER.length(), 70_000)) {
            String data = INNER.repeat(size / INNER.length());
            String head =
                    line
                            + " HTTP/1.1\r\nTransfer-Encoding: chunked\r\n"
                            + headers.replace("KEY", "X-API-Key: " + key.token())
                                    .replace("JSON", "Content-Type: application/json")
                            + "\r\n\r\n";
            for (String body :
                    List.of(
                            Integer.toHexString(data.length()) + "\r\n" + data + "\r\n0\r\n\r\n",
                            "0\r\n\r\n" + data,
                            "1\n" + data,
                            data)) {
                List<Integer> answers = answers(head + body);
                if (body.startsWith("0")) {
                    // The body is empty. What follows is the client's next request.
                    assertThat(answers).as(line).isNotEmpty().first().isEqualTo(status);
                } else {
                    assertThat(answers).as(line).hasSize(1).first().isEqualTo(status);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // A line feed alone ends the size.
                "1\n{\r\n0\r\n\r\n",
                "1\r{\r\n0\r\n\r\n",
                // More data than the size says, and less.
                "1\r\n{}\r\n0\r\n\r\n",
                "1\r\n{XX0\r\n\r\n",
                "5\r\n{}\r\n0\r\n\r\n",
                // Sizes that are none.
                "-1\r\n{\r\n0\r\n\r\n",
                "x\r\n{\r\n0\r\n\r\n",
                "\r\n{\r\n0\r\n\r\n",
                "100000000\r\n{\r\n0\r\n\r\n",
                "7fffffff\r\n{\r\n0\r\n\r\n",
                "00000000000000000000000000000000000000000000000000000000000000000000001\r\n{\r\n0\r\n\r\n",
                "1 ; x=y\r\n{\r\n0\r\n\r\n",
                // Bad ends.
                "2\r\n{}\r\n0\r\nX: y\r\n\r\n",
                "2\r\n{}\r\n0\n\n"
            })
    void aMalformedChunkEndsTheConnection(String chunks) throws Exception {
        String head =
                "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                        + "X-API-Key: "
                        + key.token()
                        + "\r\nTransfer-Encoding: chunked\r\n\r\n";
        List<Integer> answers = answers(head + chunks + INNER);
        assertThat(answers).hasSizeLessThanOrEqualTo(1).allMatch(status -> status / 100 == 4);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Transfer-Encoding: chunked\r\nContent-Length: 5",
                "Content-Length: 5\r\nTransfer-Encoding: chunked",
                "Content-Length: 5\r\nContent-Length: 6",
                "Content-Length: 5, 6",
                "Content-Length: +5",
                "Content-Length: -5",
                "Content-Length: 5x",
                "Content-Length : 5",
                "Transfer-Encoding: chunked, chunked",
                "Transfer-Encoding: xchunked",
                "Transfer-Encoding: chunked, identity",
                "Transfer-Encoding:\u000bchunked",
                " Transfer-Encoding: chunked"
            })
    void aBodyWhoseLengthIsUnclearEndsTheConnection(String lengths) throws Exception {
        String head = "POST /unknown HTTP/1.1\r\nHost: localhost\r\n" + lengths + "\r\n\r\n";
        assertThat(answers(head + "0\r\n\r\n" + INNER))
                .hasSizeLessThanOrEqualTo(1)
                .allMatch(status -> status / 100 == 4 || status == 501);
    }

    @Test
    void aBodyThatIsTooLargeIsNotTheNextRequest() throws Exception {
        String body = INNER.repeat((2 << 20) / INNER.length());
        String head = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: ";
        assertThat(answers(head + body.length() + "\r\n\r\n" + body)).containsExactly(413);
    }

    @Test
    void aBodyBeyondALimitIsNotTheNextRequest() throws Exception {
        String head =
                "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                        + "X-API-Key: "
                        + key.token()
                        + "\r\nContent-Length: ";
        String initialize = Messages.initialize(1);
        assertThat(answers(head + initialize.length() + "\r\n\r\n" + initialize))
                .containsExactly(200);
        // The second session within a minute.
        assertThat(answers(head + initialize.length() + "\r\n\r\n" + initialize))
                .containsExactly(429);
        List<Socket> held = new ArrayList<>();
        try {
            List<Integer> last = List.of();
            for (int i = 0; i < 16 && !last.equals(List.of(429)); i++) {
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), http.server.port());
                held.add(socket);
                // Its body is never complete.
                socket.getOutputStream()
                        .write((head + "9\r\n\r\n{").getBytes(StandardCharsets.UTF_8));
                last = answers(head + INNER.length() + "\r\n\r\n" + INNER);
            }
            assertThat(last).containsExactly(429);
        } finally {
            for (Socket socket : held) {
                socket.close();
            }
        }
    }

    @Test
    void aBodyThatWaitsToBeAskedForIsNotTheNextRequest() throws Exception {
        String head =
                "POST /mcp HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: ";
        assertThat(answers(head + INNER.length() + "\r\n\r\n" + INNER)).containsExactly(401);
    }

    @Test
    void anOlderProtocolEndsTheConnection() throws Exception {
        assertThat(answers("GET /health HTTP/1.0\r\n\r\n" + INNER)).containsExactly(505);
        assertThat(answers("GET /health\r\n" + INNER)).hasSizeLessThanOrEqualTo(1);
    }

    /** Otherwise each call of a client would cost it a connection. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void requestsWhoseBodiesWereReadKeepTheConnection(boolean chunked) throws Exception {
        String body =
                """
                {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":\
                "2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}\
                """;
        String length = Integer.toHexString(body.length());
        String request =
                "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-API-Key: "
                        + key.token()
                        + (chunked
                                ? "\r\nTransfer-Encoding: chunked\r\n\r\n"
                                        + length
                                        + "\r\n"
                                        + body
                                        + "\r\n0\r\n\r\n"
                                : "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
        // The second one exceeds the limit of new sessions, which is known after its body only.
        assertThat(answers(request + request)).containsExactly(200, 429);
    }

    @Test
    void requestsWithoutBodiesKeepTheConnection() throws Exception {
        assertThat(answers(INNER.repeat(3))).containsExactly(200, 200, 200);
        String missing = INNER.replace("/health", "/.well-known/oauth-protected-resource");
        assertThat(answers(missing + INNER)).containsExactly(404, 200);
    }

    @Test
    void aWrongKeyEndsTheConnection() throws Exception {
        String request = "GET /mcp HTTP/1.1\r\nHost: localhost\r\nX-API-Key: wrong\r\n\r\n";
        assertThat(answers(request + INNER)).containsExactly(401);
    }

    /** Sends bytes, and reads all status codes until the server closes. */
    private List<Integer> answers(String bytes) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), http.server.port())) {
            socket.setSoTimeout(20_000);
            try {
                OutputStream out = socket.getOutputStream();
                out.write(bytes.getBytes(StandardCharsets.UTF_8));
                socket.shutdownOutput();
            } catch (SocketException e) {
                // The server has closed the connection, which the answer explains.
            }
            List<Integer> codes = new ArrayList<>();
            String text = new String(readToEnd(socket), StandardCharsets.UTF_8);
            for (String line : text.split("(?=HTTP/1\\.1 )", -1)) {
                if (line.startsWith("HTTP/1.1 ")) {
                    codes.add(Integer.parseInt(line.substring(9, 12)));
                }
            }
            return codes;
        }
    }

    private static byte[] readToEnd(Socket socket) throws IOException {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        try {
            socket.getInputStream().transferTo(read);
        } catch (SocketException e) {
            // A reset ends the connection too.
        }
        return read.toByteArray();
    }
}
