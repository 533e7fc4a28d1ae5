package dev.microsandbox.mcp.front;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ForwarderTest {

    private static final String OK = FrontFixture.json("{\"ok\":true}");

    private FrontFixture front;

    @BeforeEach
    void open(@TempDir Path home) throws Exception {
        front = new FrontFixture(home);
    }

    @AfterEach
    void close() throws Exception {
        front.close();
    }

    @Test
    void passesARequestAndItsAnswerOn() throws Exception {
        FakeWorker worker =
                front.answering(
                        """
                        HTTP/1.1 200 OK\r
                        Content-Type: application/json; charset=utf-8\r
                        Mcp-Session-Id: s-1\r
                        Content-Length: 2\r
                        \r
                        {}""");
        HttpResponse<String> response =
                front.send(front.post("{\"a\":1}").header("MCP-Protocol-Version", "2025-11-25"));
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("{}");
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
        assertThat(response.headers().firstValue("Mcp-Session-Id")).hasValue("s-1");
        assertThat(response.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
        assertThat(worker.heads.getFirst().split("\r\n", -1))
                .startsWith("POST /mcp HTTP/1.1", "Host: localhost", "Msb-Namespace: default")
                .contains(
                        "Msb-Peer: 127.0.0.1",
                        "Content-Type: application/json",
                        "Accept: " + FrontFixture.ACCEPT,
                        "MCP-Protocol-Version: 2025-11-25",
                        "Content-Length: 7")
                .hasSize(8);
    }

    @Test
    void usesAConnectionAgain() throws Exception {
        FakeWorker worker = front.answering(OK);
        for (int i = 0; i < 5; i++) {
            assertThat(front.send(front.post("{}")).body()).isEqualTo("{\"ok\":true}");
        }
        assertThat(worker.connections).hasValue(1);
    }

    @Test
    void passesADeletionAndAQueryOn() throws Exception {
        FakeWorker worker = front.answering("HTTP/1.1 204 No Content\r\n\r\n");
        assertThat(front.send(front.request("/mcp?a=%20b").DELETE()).statusCode()).isEqualTo(204);
        assertThat(worker.heads.getFirst()).startsWith("DELETE /mcp?a=%20b HTTP/1.1\r\n");
    }

    @Test
    void passesTheOlderTransportOn() throws Exception {
        FakeWorker worker = front.answering("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
        HttpResponse<String> response =
                front.send(
                        front.request("/messages?sessionId=x").POST(BodyPublishers.ofString("{}")));
        assertThat(response.statusCode()).isEqualTo(202);
        assertThat(worker.heads.getFirst()).startsWith("POST /messages?sessionId=x HTTP/1.1\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/mcp", "/sse", "/messages"})
    void refusesOtherMethodsItself(String path) throws Exception {
        HttpResponse<String> response =
                front.send(front.request(path).method("PUT", BodyPublishers.noBody()));
        assertThat(response.statusCode()).isEqualTo(405);
        assertThat(response.headers().firstValue("Allow")).isPresent();
        assertThat(front.asked).hasValue(0);
    }

    @Test
    void sendsEachEventAtOnce() throws Exception {
        CountDownLatch seen = new CountDownLatch(1);
        front.worker(
                peer -> {
                    peer.readRequest();
                    peer.send(
                            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                                    + "Transfer-Encoding: chunked\r\n\r\n8\r\ndata: 1\n\r\n");
                    seen.await();
                    peer.send("9\r\n\ndata: 2\n\r\n0\r\n\r\n");
                });
        try (RawClient client = front.raw()) {
            client.post("Connection: close\r\n", "{}");
            client.readUntil("data: 1");
            seen.countDown();
            assertThat(client.readAll()).contains("data: 2").endsWith("0\r\n\r\n");
        }
    }

    @Test
    void saysThatThereIsNoWorker() throws Exception {
        HttpResponse<String> response = front.send(front.post("{}"));
        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.headers().firstValue("Retry-After")).hasValue("7");
        assertThat(response.body()).contains("No worker can be started.");
    }

    @Test
    void sendsABodyInChunks() throws Exception {
        FakeWorker worker =
                front.worker(
                        peer -> {
                            String body = peer.readRequest();
                            peer.send(FrontFixture.json("{\"n\":" + body.length() + "}"));
                        });
        try (RawClient client = front.raw()) {
            String large = "x".repeat(100_000);
            client.send(
                    "POST /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                            + "Transfer-Encoding: chunked\r\n\r\n"
                            + "3\r\nabc\r\n"
                            + Integer.toHexString(large.length())
                            + "\r\n"
                            + large
                            + "\r\n0\r\n\r\n");
            assertThat(client.readAll()).endsWith("{\"n\":100003}");
        }
        assertThat(worker.heads.getFirst())
                .contains("Transfer-Encoding: chunked")
                .doesNotContain("Content-Length");
    }
}
