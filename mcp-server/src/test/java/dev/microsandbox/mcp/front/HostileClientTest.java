package dev.microsandbox.mcp.front;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client cannot say what only the front says, nor send a worker a second request unseen. */
@Timeout(60)
class HostileClientTest {

    private FrontFixture front;
    private FakeWorker worker;

    @BeforeEach
    void open(@TempDir Path home) throws Exception {
        front = new FrontFixture(home);
        worker = front.answering(FrontFixture.json("{}"));
    }

    @AfterEach
    void close() throws Exception {
        front.close();
    }

    private String send(String request) throws Exception {
        try (RawClient client = front.raw()) {
            client.send(request);
            client.endOutput();
            return client.readAll();
        }
    }

    private void checkHeads() {
        assertThat(worker.heads)
                .allSatisfy(
                        head ->
                                assertThat(head.split("\r\n", -1))
                                        .containsOnlyOnce(
                                                "Msb-Namespace: default", "Host: localhost")
                                        .noneMatch(line -> line.startsWith("Msb-Key"))
                                        .noneMatch(line -> line.contains("evil"))
                                        .noneMatch(
                                                line ->
                                                        line.contains("\r")
                                                                || line.contains("\n")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Mcp-X: a\rMsb-Key: evil\r\n",
                "Mcp-X: a\nMsb-Key: evil\r\n",
                "Mcp-X: a\n\nMsb-Key: evil\r\n",
                "Mcp-X: a\0evil\r\n",
                "Mcp-X: a\u007fevil\r\n",
                "Mcp-X: a\r\n Msb-Key: evil\r\n",
                "Msb-Key: evil\r\n",
                "msb-namespace: evil\r\n",
                "MSB-PEER: evil\r\n",
                "Msb-Held: evil\r\n",
                "Msb-Key : evil\r\n",
                " Msb-Key: evil\r\n",
                "Mcp-\0X: evil\r\n",
                ": evil\r\n",
                "Connection: Msb-Namespace, Host\r\n",
                "Connection: evil\r\nEvil: evil\r\n",
                "Authorization: Bearer evil\r\n",
                "Cookie: evil\r\n",
                "X-Forwarded-For: evil\r\n",
                "Upgrade: evil\r\nConnection: Upgrade\r\n",
                "Expect: 100-continue\r\nX: evil\r\n"
            })
    void aHeaderIsRefusedOrDoesNotPass(String header) throws Exception {
        String answer =
                send(
                        "POST /mcp HTTP/1.1\r\nHost: localhost\r\n"
                                + header
                                + "Content-Length: 2\r\n\r\n{}");
        assertThat(answer).matches("(?s)(HTTP/1\\.1 (100|200|400) .*)?");
        assertThat(worker.heads.size()).isLessThanOrEqualTo(1);
        checkHeads();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/mcp?a=b c",
                "/mcp?a=\u00e4",
                "/mcp?a#evil",
                "/mcp%0d%0aMsb-Key:%20evil",
                "/mcp/../evil",
                "//mcp",
                "/evil",
                "http://evil/mcp",
                "/%6dcp",
                "/mcp;evil",
                "*",
                "mcp",
                "/mcp?a\tb",
                "/sse/..//mcp",
                "/mcp/"
            })
    void onlyThePathsOfMcpAreAskedFor(String target) throws Exception {
        send(
                "POST "
                        + target
                        + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                        + "Content-Length: 2\r\n\r\n{}");
        assertThat(worker.heads)
                .allSatisfy(
                        head ->
                                assertThat(head)
                                        .matches("(?s)POST /mcp(\\?[!-~]*)? HTTP/1\\.1\r\n.*"));
        checkHeads();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
                "Transfer-Encoding: chunked\r\nContent-Length: 200\r\n",
                "Transfer-Encoding: xchunked\r\n",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
                "Transfer-Encoding: identity, chunked\r\n",
                "Transfer-Encoding:\u000bchunked\r\n",
                "Transfer-Encoding\r\n : chunked\r\n",
                "Content-Length: 2\r\nContent-Length: 200\r\n",
                "Content-Length: 2, 200\r\n",
                "Content-Length: +2\r\n",
                "Content-Length: 2\u00a0\r\n",
                "Content-Length: 0x2\r\n",
                ""
            })
    void thereIsNoSecondRequest(String headers) throws Exception {
        String hidden =
                "POST /mcp HTTP/1.1\r\nHost: localhost\r\nMcp-X: evil\r\nContent-Length: 2\r\n\r\n{}";
        String body = headers.isEmpty() ? "" : "0\r\n\r\n";
        send("POST /mcp HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n" + body + hidden);
        if (!headers.isEmpty()) {
            checkHeads();
        }
        assertThat(worker.heads.size()).isLessThanOrEqualTo(headers.isEmpty() ? 2 : 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "DELETE"})
    void aBodyThatMayNotBeIsNoRequest(String method) throws Exception {
        String hidden = "DELETE /mcp HTTP/1.1\r\nHost: localhost\r\nMcp-X: evil\r\n\r\n";
        send(
                method
                        + " /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                        + hidden.length()
                        + "\r\n\r\n"
                        + hidden);
        assertThat(worker.heads).hasSize(1);
        checkHeads();
    }
}
