package dev.microsandbox.mcp.front;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A client learns the truth when its worker ends, at whatever moment. */
@Timeout(60)
class WorkerDeathTest {

    private static final String EVENTS =
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n";

    private FrontFixture front;

    @BeforeEach
    void open(@TempDir Path home) throws Exception {
        front = new FrontFixture(home);
    }

    @AfterEach
    void close() throws Exception {
        front.close();
    }

    private static String chunk(String data) {
        return Integer.toHexString(data.length()) + "\r\n" + data + "\r\n";
    }

    private String answerOf(FakeWorker.Script script) throws Exception {
        front.worker(
                peer -> {
                    peer.readRequest();
                    script.run(peer);
                    peer.die();
                });
        try (RawClient client = front.raw()) {
            client.post("Connection: close\r\n", "{}");
            return client.readAll();
        }
    }

    @Test
    void beforeItsAnswer() throws Exception {
        front.worker(
                peer -> {
                    peer.readRequest();
                    peer.die();
                });
        HttpResponse<String> response = front.send(front.post("{}"));
        assertThat(response.statusCode()).isEqualTo(502);
        assertThat(response.body())
                .isEqualTo(
                        "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32000,\"message\":\""
                                + FakeWorker.LAST_WORDS
                                + "\"}}");
    }

    @Test
    void whileItReadsTheRequest() throws Exception {
        front.worker(
                peer -> {
                    peer.readHead();
                    peer.in().readNBytes(1000);
                    peer.die();
                });
        HttpResponse<String> response = front.send(front.post("x".repeat(5_000_000)));
        assertThat(response.statusCode()).isEqualTo(502);
        assertThat(response.body()).contains(FakeWorker.LAST_WORDS);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\u0001',
            value = {"1|1", "-5|-5", "\"a\"|\"a\"", "\"q\\\"\\\\\\u0041\"|\"q\\\"\\\\A\""})
    void inTheMiddleOfAnEventStream(String stated, String written) throws Exception {
        String answer =
                answerOf(
                        peer ->
                                peer.send(
                                        EVENTS
                                                + "Msb-Request: "
                                                + stated
                                                + "\r\n\r\n"
                                                + chunk(": ka\n\ndata: 1\n\n")));
        assertThat(answer)
                .contains("data: 1\n\n")
                .contains(
                        "event: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":"
                                + written
                                + ",\"error\":{\"code\":-32603,\"message\":\""
                                + FakeWorker.LAST_WORDS
                                + "\"}}\n\n")
                .endsWith("0\r\n\r\n")
                .doesNotContain("Msb-");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "{}",
                "[1]",
                "1.5",
                "1e9",
                "01",
                "1,\"result\":{}",
                "\"a",
                "\"a\"b\"",
                "\"\\x\"",
                "\"\u00e4\"",
                "true",
                "1234567890123456789012"
            })
    void inTheMiddleOfAnEventStreamOfNobody(String stated) throws Exception {
        String answer =
                answerOf(
                        peer ->
                                peer.send(
                                        EVENTS
                                                + "Msb-Request: "
                                                + stated
                                                + "\r\n\r\n"
                                                + chunk("data: 1\n\n")));
        assertThat(answer)
                .contains("data: 1\n\n")
                .doesNotContain("error")
                .doesNotEndWith("0\r\n\r\n");
    }

    @Test
    void inTheMiddleOfAnEvent() throws Exception {
        String answer =
                answerOf(
                        peer ->
                                peer.send(
                                        EVENTS + "Msb-Request: 1\r\n\r\n" + chunk("data: {\"a\n")));
        assertThat(answer)
                .contains("data: {\"a")
                .doesNotContain("error")
                .doesNotEndWith("0\r\n\r\n");
    }

    @Test
    void inTheMiddleOfALargeBody() throws Exception {
        String answer =
                answerOf(
                        peer ->
                                peer.send(
                                        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                                + "Content-Length: 100000\r\n\r\n"
                                                + "[".repeat(50_000)));
        assertThat(answer).endsWith("[[[").contains("Content-Length: 100000");
        assertThat(answer.length()).isLessThan(60_000);
    }

    @Test
    void whileNobodyUsesItsConnection() throws Exception {
        String ok = FrontFixture.json("{}");
        FakeWorker first = front.answering(ok);
        assertThat(front.send(front.post("{}")).statusCode()).isEqualTo(200);
        first.die();
        FakeWorker second = front.answering(ok);
        assertThat(front.send(front.post("{}")).statusCode()).isEqualTo(200);
        assertThat(second.heads).hasSize(1);
    }

    @Test
    void whenItHasClosedAnIdleConnection() throws Exception {
        FakeWorker worker =
                front.worker(
                        peer -> {
                            peer.readRequest();
                            peer.send(FrontFixture.json("{}"));
                        });
        for (int i = 0; i < 5; i++) {
            assertThat(front.send(front.post("{}")).statusCode()).isEqualTo(200);
        }
        assertThat(worker.heads).hasSize(5);
    }
}
