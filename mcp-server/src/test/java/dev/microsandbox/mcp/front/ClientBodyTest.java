package dev.microsandbox.mcp.front;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies in both directions flow through the front; it holds none. */
@Timeout(120)
class ClientBodyTest {

    private static final int LARGE = 100 << 20;

    /** What sockets hold on the way, generously. */
    private static final long ON_THE_WAY = 24 << 20;

    /** 0 CR LF CR LF. */
    private static final long LAST_CHUNK = 0x30_0D0A_0D0AL;

    private static final String POST =
            "POST /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";

    private FrontFixture front;

    @BeforeEach
    void open(@TempDir Path home) throws Exception {
        front = new FrontFixture(home);
    }

    @AfterEach
    void close() throws Exception {
        front.close();
    }

    /** Waits until a number has stopped to grow. */
    private static long settled(AtomicLong number) throws InterruptedException {
        long before = -1;
        while (number.get() != before || before <= 0) {
            before = number.get();
            Thread.sleep(300);
        }
        return before;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aRequestWaitsForItsWorker(boolean chunked) throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        AtomicLong received = new AtomicLong();
        front.worker(
                peer -> {
                    peer.readHead();
                    go.await();
                    byte[] piece = new byte[64 << 10];
                    while (received.get() < LARGE) {
                        int read = peer.in().read(piece);
                        if (read < 0) {
                            return;
                        }
                        received.addAndGet(read);
                    }
                    if (chunked) {
                        // the sizes of the chunks too
                        peer.send(
                                "HTTP/1.1 202 Accepted\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
                        peer.awaitEnd();
                    } else {
                        peer.send("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
                    }
                });
        AtomicLong sent = new AtomicLong();
        try (RawClient client = front.raw()) {
            client.send(
                    POST
                            + (chunked
                                    ? "Transfer-Encoding: chunked\r\n\r\n"
                                            + Integer.toHexString(LARGE)
                                            + "\r\n"
                                    : "Content-Length: " + LARGE + "\r\n\r\n"));
            CompletableFuture<Void> sending =
                    CompletableFuture.runAsync(() -> sendLarge(client, sent, chunked));
            assertThat(settled(sent)).isLessThan(ON_THE_WAY);
            go.countDown();
            sending.join();
            assertThat(client.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 202 ");
        }
        assertThat(received.get()).isGreaterThanOrEqualTo(LARGE);
    }

    private static void sendLarge(RawClient client, AtomicLong sent, boolean chunked) {
        try {
            OutputStream out = client.out();
            byte[] piece = new byte[64 << 10];
            while (sent.get() < LARGE) {
                out.write(piece);
                sent.addAndGet(piece.length);
            }
            if (chunked) {
                client.send("\r\n0\r\n\r\n");
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void anAnswerWaitsForItsClient() throws Exception {
        AtomicLong sent = new AtomicLong();
        front.worker(
                peer -> {
                    peer.readRequest();
                    peer.send(
                            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                    + "Content-Length: "
                                    + LARGE
                                    + "\r\n\r\n");
                    byte[] piece = new byte[64 << 10];
                    while (sent.get() < LARGE) {
                        peer.send(piece);
                        sent.addAndGet(piece.length);
                    }
                });
        try (RawClient client = front.raw()) {
            client.post("Connection: close\r\n", "{}");
            assertThat(settled(sent)).isLessThan(ON_THE_WAY);
            assertThat(client.countAll()).isGreaterThan(LARGE);
        }
    }

    @Test
    void aWorkerMayAnswerBeforeItHasReadTheRequest() throws Exception {
        FakeWorker worker =
                front.worker(
                        peer -> {
                            peer.readHead();
                            peer.send(
                                    "HTTP/1.1 413 Too Large\r\nContent-Type: application/json\r\n"
                                            + "Content-Length: 7\r\n\r\n\"early\"");
                        });
        try (RawClient client = front.raw()) {
            client.post("", "x".repeat(3_000_000));
            assertThat(client.readUntil("early")).startsWith("HTTP/1.1 413 ");
        }
        front.answering(FrontFixture.json("{}"));
        assertThat(front.send(front.post("{}")).statusCode()).isEqualTo(200);
        assertThat(worker.connections).hasValue(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 100\r\n\r\nabc",
                "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
                "Transfer-Encoding: chunked\r\n\r\n64\r\nabc"
            })
    void aRequestWhoseClientLeavesIsNeverComplete(String rest) throws Exception {
        CompletableFuture<String> seen = new CompletableFuture<>();
        front.worker(
                peer -> {
                    peer.readHead();
                    seen.complete(new String(peer.in().readAllBytes(), StandardCharsets.US_ASCII));
                });
        try (RawClient client = front.raw()) {
            client.send(POST + rest);
        }
        assertThat(seen.get()).doesNotContain("0\r\n\r\n").hasSizeLessThan(100);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "3\r\nabcX\r\n0\r\n\r\n",
                "zz\r\n",
                "3;a=b\r\nabc\r\n0\r\n\r\n",
                "3\r\nabc\r\n0\r\nMsb-Namespace: other\r\n\r\n"
            })
    void aMalformedBodyIsNeverComplete(String chunks) throws Exception {
        CompletableFuture<String> seen = new CompletableFuture<>();
        front.worker(
                peer -> {
                    peer.readHead();
                    seen.complete(new String(peer.in().readAllBytes(), StandardCharsets.US_ASCII));
                });
        try (RawClient client = front.raw()) {
            client.send(POST + "Transfer-Encoding: chunked\r\n\r\n" + chunks);
            assertThat(client.readAll()).startsWith("HTTP/1.1 400 ");
        }
        assertThat(seen.get()).doesNotContain("0\r\n\r\n", "Msb-");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBodyHasALimit(boolean chunked) throws Exception {
        CompletableFuture<Long> seen = new CompletableFuture<>();
        front.worker(
                peer -> {
                    peer.readHead();
                    InputStream in = new BufferedInputStream(peer.in());
                    long count = 0;
                    long last = 0;
                    for (int next = in.read(); next >= 0; next = in.read()) {
                        last = (last << 8 | next) & 0xFF_FFFF_FFFFL;
                        count++;
                    }
                    seen.complete(last == LAST_CHUNK ? -1 : count);
                });
        try (RawClient client = front.raw()) {
            if (chunked) {
                client.send(POST + "Transfer-Encoding: chunked\r\n\r\n");
                byte[] piece = new byte[1 << 20];
                try {
                    for (int i = 0; i < 102; i++) {
                        client.send("100000\r\n");
                        client.out().write(piece);
                        client.send("\r\n");
                    }
                } catch (IOException e) {
                    // The front has refused it and closes.
                }
            } else {
                client.send(POST + "Content-Length: " + (LARGE + 1) + "\r\n\r\n");
            }
            assertThat(client.readAll()).startsWith("HTTP/1.1 413 ");
        }
        if (chunked) {
            assertThat(seen.get()).isGreaterThan(0);
        } else {
            assertThat(front.asked).hasValue(0);
        }
    }
}
