package dev.microsandbox.mcp.front;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a worker sends, its own caller gets an error, and nobody else notices. */
@Timeout(60)
class HostileWorkerTest {

    private static final String TYPE = "Content-Type: application/json\r\n";
    private static final String CHUNKED =
            "HTTP/1.1 200 OK\r\n" + TYPE + "Transfer-Encoding: chunked\r\n\r\n";

    private FrontFixture front;

    @BeforeEach
    void open(@TempDir Path home) throws Exception {
        front = new FrontFixture(home);
    }

    @AfterEach
    void close() throws Exception {
        front.close();
    }

    static List<Arguments> heads() {
        String ok = "HTTP/1.1 200 OK\r\n" + TYPE;
        String end = "Content-Length: 2\r\n\r\n{}";
        return List.of(
                Arguments.of("bare LF", "HTTP/1.1 200 OK\n\n"),
                Arguments.of("LF within", ok + "A: b\n" + end),
                Arguments.of("bare CR", ok + "A: b\rC: d\r\n" + end),
                Arguments.of("empty lines first", "\r\n\r\n" + ok + end),
                Arguments.of("HTTP/1.0", "HTTP/1.0 200 OK\r\n" + TYPE + end),
                Arguments.of("HTTP/2", "HTTP/2 200\r\n" + TYPE + end),
                Arguments.of("no version", "200 OK\r\n" + TYPE + end),
                Arguments.of("100", "HTTP/1.1 100 Continue\r\n\r\n" + ok + end),
                Arguments.of("101", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"),
                Arguments.of("199", "HTTP/1.1 199 X\r\n" + TYPE + end),
                Arguments.of("600", "HTTP/1.1 600 X\r\n" + TYPE + end),
                Arguments.of("205", "HTTP/1.1 205 X\r\n" + TYPE + end),
                Arguments.of("obs-text for the client", ok + "Mcp-X: \u00e4\r\n" + end),
                Arguments.of(
                        "two ids of requests", ok + "Msb-Request: 1\r\nMsb-Request: 2\r\n" + end),
                Arguments.of("2000", "HTTP/1.1 2000 X\r\n" + TYPE + end),
                Arguments.of("no space", "HTTP/1.1 200\r\n" + TYPE + end),
                Arguments.of("NUL in the reason", "HTTP/1.1 200 O\0K\r\n" + TYPE + end),
                Arguments.of("folded line", ok + "A: b\r\n c\r\n" + end),
                Arguments.of("space before colon", ok + "A : b\r\n" + end),
                Arguments.of("no name", ok + ": b\r\n" + end),
                Arguments.of("no colon", ok + "A\r\n" + end),
                Arguments.of("NUL in a value", ok + "A: b\0c\r\n" + end),
                Arguments.of("DEL in a value", ok + "A: b\u007fc\r\n" + end),
                Arguments.of("obs-text in a name", ok + "\u00c4: b\r\n" + end),
                Arguments.of("two lengths", ok + "Content-Length: 2\r\n" + end),
                Arguments.of("a list of lengths", ok + "Content-Length: 2, 2\r\n\r\n{}"),
                Arguments.of("other lengths", ok + "content-length: 3\r\n" + end),
                Arguments.of("signed length", ok + "Content-Length: +2\r\n\r\n{}"),
                Arguments.of("negative length", ok + "Content-Length: -1\r\n\r\n"),
                Arguments.of("hexadecimal length", ok + "Content-Length: 0x2\r\n\r\n{}"),
                Arguments.of("empty length", ok + "Content-Length:\r\n\r\n{}"),
                Arguments.of("huge length", ok + "Content-Length: 9999999999999999999\r\n\r\n"),
                Arguments.of("length and chunks", ok + "Transfer-Encoding: chunked\r\n" + end),
                Arguments.of(
                        "two codings",
                        ok + "Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
                Arguments.of(
                        "coding twice",
                        ok
                                + "Transfer-Encoding: chunked\r\n"
                                + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                Arguments.of("other coding", ok + "Transfer-Encoding: identity\r\n\r\n{}"),
                Arguments.of("body of 204", "HTTP/1.1 204 X\r\nContent-Length: 5\r\n\r\nhello"),
                Arguments.of(
                        "chunks of 304",
                        "HTTP/1.1 304 X\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                Arguments.of("a page", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + end),
                Arguments.of("no type", "HTTP/1.1 200 OK\r\n" + end),
                Arguments.of("two types", ok + "content-type: text/html\r\n" + end),
                Arguments.of(
                        "a picture", "HTTP/1.1 200 OK\r\nContent-Type: image/svg+xml\r\n" + end),
                Arguments.of("compressed", ok + "Content-Encoding: gzip\r\n" + end),
                Arguments.of("101 fields", ok + "A: b\r\n".repeat(100) + end),
                Arguments.of("a long head", ok + "A: " + "b".repeat(17_000) + "\r\n" + end),
                Arguments.of("an endless head", ok + "A: " + "b".repeat(100_000)),
                Arguments.of("a session with spaces", ok + "Mcp-Session-Id: a b\r\n" + end),
                Arguments.of(
                        "a long session", ok + "Mcp-Session-Id: " + "a".repeat(257) + "\r\n" + end),
                Arguments.of(
                        "two sessions", ok + "Mcp-Session-Id: a\r\nMcp-Session-Id: b\r\n" + end),
                Arguments.of("a date", ok + "Retry-After: Fri, 31 Dec 2027\r\n" + end),
                Arguments.of("odd methods", ok + "Allow: GET\u00a0POST\r\n" + end),
                Arguments.of("garbage", "\0\1\2\3\r\n\r\n"),
                Arguments.of("a request", "POST /mcp HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("heads")
    void refusesAHead(String name, String answer) throws Exception {
        FakeWorker worker = front.answering(answer);
        HttpResponse<String> response = front.send(front.post("{}"));
        assertThat(response.statusCode()).isEqualTo(502);
        assertThat(response.body())
                .startsWith("{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32000,")
                .contains("not valid");
        // The connection is not used again.
        assertThat(front.send(front.post("{}")).statusCode()).isEqualTo(502);
        assertThat(worker.connections).hasValue(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "zz\r\n",
                "\r\n",
                " 2\r\n{}\r\n",
                "-1\r\n",
                "0x2\r\n{}\r\n",
                "+2\r\n{}\r\n",
                "2;a=b\r\n{}\r\n0\r\n\r\n",
                "2\n{}\r\n",
                "2\r{}\r\n",
                "000000002\r\n{}\r\n",
                "FFFFFFFFF\r\n",
                "2\r\n{}0\r\n\r\n",
                "2\r\n{}\n0\r\n\r\n",
                "2\r\n{}\r\n0\r\nA: b\r\n\r\n",
                "2\r\n{}\r\n0\r\n\n",
                "2\r\n{}\r\n0;x\r\n\r\n",
                "\u00b2\r\n{}\r\n"
            })
    void cutsABodyWhoseChunksAreMalformed(String chunks) throws Exception {
        front.answering(CHUNKED + chunks);
        try (RawClient client = front.raw()) {
            client.post("", "{}");
            assertThat(client.readAll()).doesNotContain("0\r\n\r\n").doesNotContain("A: b");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "HTTP/1.1 200",
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n",
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{"
            })
    void saysThatAWorkerHasClosedItsConnection(String beginning) throws Exception {
        front.worker(
                peer -> {
                    peer.readRequest();
                    peer.send(beginning);
                });
        HttpResponse<String> response = front.send(front.post("{}"));
        assertThat(response.statusCode()).isEqualTo(502);
        assertThat(response.body()).contains("closed the connection before it had answered");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nA: b\r\n"})
    void waitsForAHeadForALimitedTime(String beginning) throws Exception {
        front.worker(
                peer -> {
                    peer.readRequest();
                    peer.send(beginning);
                    peer.awaitEnd();
                });
        HttpResponse<String> response = front.send(front.post("{}"));
        assertThat(response.statusCode()).isEqualTo(504);
        assertThat(response.body()).contains("does not answer");
    }

    @Test
    void waitsForAHeadThatDripsForALimitedTime() throws Exception {
        front.worker(
                peer -> {
                    peer.readRequest();
                    peer.send("HTTP/1.1 200 OK\r\nA: ");
                    while (true) {
                        peer.send("b");
                        Thread.sleep(20);
                    }
                });
        assertThat(front.send(front.post("{}")).statusCode()).isEqualTo(504);
    }

    @Test
    void cutsABodyThatStops() throws Exception {
        front.worker(
                peer -> {
                    peer.readRequest();
                    peer.send(CHUNKED + "5\r\n[1,2,\r\n");
                    peer.awaitEnd();
                });
        try (RawClient client = front.raw()) {
            client.post("", "{}");
            assertThat(client.readAll()).contains("[1,2,").doesNotContain("0\r\n\r\n");
        }
    }

    @Test
    void passesNoHeaderOnThatIsNotForTheClient() throws Exception {
        String answer =
                """
                HTTP/1.1 200 OK\r
                Content-Type: application/json\r
                Set-Cookie: a=b\r
                Set-Cookie2: a=b\r
                Access-Control-Allow-Origin: *\r
                Access-Control-Allow-Credentials: true\r
                Server: worker\r
                Alt-Svc: h2="evil.example:443"\r
                Strict-Transport-Security: max-age=1\r
                Location: https://evil.example/\r
                Refresh: 0\r
                Clear-Site-Data: "*"\r
                Service-Worker-Allowed: /\r
                Link: </x>; rel=preload\r
                Content-Disposition: attachment\r
                Content-Location: /x\r
                NEL: {}\r
                Report-To: {}\r
                Reporting-Endpoints: a="https://evil.example"\r
                WWW-Authenticate: Basic\r
                Proxy-Authenticate: Basic\r
                Content-Security-Policy: default-src *\r
                SourceMap: /x\r
                X-Accel-Redirect: /etc/passwd\r
                X-Sendfile: /etc/passwd\r
                Cache-Control: public, max-age=31536000\r
                Vary: *\r
                ETag: "a"\r
                Expires: Fri, 31 Dec 2027 23:59:59 GMT\r
                Upgrade: h2c\r
                Keep-Alive: timeout=1000\r
                Trailer: X\r
                Msb-Namespace: other\r
                Msb-Request: 1\r
                Mcp-Protocol-Version: 2025-11-25\r
                Retry-After: 5\r
                Allow: GET, POST\r
                Content-Length: 2\r
                \r
                {}""";
        front.answering(answer);
        HttpResponse<String> response =
                front.send(front.post("{}").header("Origin", "https://page.example"));
        var names = new TreeSet<String>();
        response.headers().map().keySet().forEach(name -> names.add(name.toLowerCase(Locale.ROOT)));
        assertThat(names)
                .containsExactly(
                        "access-control-allow-origin",
                        "access-control-expose-headers",
                        "allow",
                        "cache-control",
                        "connection",
                        "content-length",
                        "content-type",
                        "date",
                        "mcp-protocol-version",
                        "retry-after",
                        "vary",
                        "x-content-type-options");
        assertThat(response.headers().allValues("Cache-Control")).containsExactly("no-store");
        assertThat(response.headers().allValues("Vary")).containsExactly("Origin");
        assertThat(response.headers().allValues("Access-Control-Allow-Origin"))
                .containsExactly("https://page.example");
    }

    @Test
    void takesNothingForAnAnswerThatCameBeforeItsRequest() throws Exception {
        AtomicInteger count = new AtomicInteger();
        FakeWorker worker =
                front.worker(
                        peer -> {
                            String body = peer.readRequest();
                            String stolen = FrontFixture.json("{\"stolen\":true}");
                            boolean together = count.getAndIncrement() % 2 == 0;
                            peer.send(FrontFixture.json(body) + (together ? stolen : ""));
                            if (!together) {
                                peer.send(stolen);
                            }
                            peer.awaitEnd();
                        });
        for (int i = 0; i < 10; i++) {
            String body = "{\"i\":" + i + "}";
            assertThat(front.send(front.post(body)).body()).isEqualTo(body);
        }
        assertThat(worker.connections).hasValue(10);
    }

    @Test
    void readsABodyThatEndsWithItsConnection() throws Exception {
        FakeWorker worker =
                front.worker(
                        peer -> {
                            peer.readRequest();
                            peer.send("HTTP/1.1 200 OK\r\n" + TYPE + "\r\n{}");
                        });
        assertThat(front.send(front.post("{}")).body()).isEqualTo("{}");
        assertThat(front.send(front.post("{}")).body()).isEqualTo("{}");
        assertThat(worker.connections).hasValue(2);
    }
}
