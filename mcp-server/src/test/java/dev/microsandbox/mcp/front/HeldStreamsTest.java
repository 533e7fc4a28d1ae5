package dev.microsandbox.mcp.front;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.transport.Caller;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams on which sessions listen, over the lives of several workers. */
@Timeout(60)
class HeldStreamsTest {

    private static final String EVENTS =
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n";

    private static final String GONE =
            "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\n"
                    + "Content-Length: 2\r\n\r\n{}";

    private static final String END = "0\r\n\r\n";

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

    /** A worker whose sessions listen: it sends an event, then comments until it ends. */
    private FakeWorker listening(String event) throws Exception {
        return front.worker(
                peer -> {
                    if (peer.readHead().startsWith("GET")) {
                        peer.send(EVENTS + chunk(": ka\n\ndata: " + event + "\n\n"));
                        while (true) {
                            Thread.sleep(50);
                            peer.send(chunk(": ka\n\n"));
                        }
                    }
                });
    }

    /** Has the front know a session, and no worker run. */
    private void know(String session) throws Exception {
        FakeWorker worker = front.answering(initialized(session));
        assertThat(front.send(front.post("{}")).statusCode()).isEqualTo(200);
        worker.die();
        front.asked.set(0);
    }

    private static String initialized(String session) {
        return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nMcp-Session-Id: "
                + session
                + "\r\nContent-Length: 2\r\n\r\n{}";
    }

    @Test
    void outlivesItsWorker() throws Exception {
        FakeWorker first = listening("1");
        try (RawClient client = front.raw()) {
            client.listen("s").readUntil("data: 1\n\n");
            assertThat(first.heads.getFirst()).contains("\r\nMsb-Held: 1");
            first.die();
            client.readUntil(": ka");
            listening("2");
            client.readUntil("data: 2\n\n");
        }
        assertThat(front.asked).hasValue(0);
    }

    @Test
    void staysOpenWhenItsWorkerEndsItAndStops() throws Exception {
        CountDownLatch stop = new CountDownLatch(1);
        front.worker(
                peer -> {
                    peer.readHead();
                    peer.send(EVENTS + chunk("data: 1\n\n"));
                    stop.await();
                    peer.send(END);
                    peer.readHead();
                    peer.send(
                            "HTTP/1.1 503 X\r\nContent-Type: application/json\r\n"
                                    + "Content-Length: 2\r\n\r\n{}");
                    peer.die();
                });
        try (RawClient client = front.raw()) {
            client.listen("s").readUntil("data: 1\n\n");
            stop.countDown();
            client.readUntil(": ka");
            listening("2");
            client.readUntil("data: 2\n\n");
        }
    }

    @Test
    void startsNoWorkerForASessionThatIsKnown() throws Exception {
        know("s");
        try (RawClient client = front.raw()) {
            String begin = client.listen("s").readUntil(": ka\n\n");
            assertThat(begin)
                    .startsWith("HTTP/1.1 200 OK\r\n")
                    .contains("Content-Type: text/event-stream\r\n")
                    .contains("X-Content-Type-Options: nosniff\r\n");
            client.readUntil(": ka\n\n");
            assertThat(front.asked).hasValue(0);
            listening("later");
            client.readUntil("data: later\n\n");
        }
    }

    @Test
    void asksAWorkerForAnyOtherSession() throws Exception {
        know("s");
        try (RawClient client = front.raw()) {
            assertThat(client.listen("other").readUntil("\r\n")).contains("503");
        }
        assertThat(front.asked).hasValue(1);
    }

    @Test
    void passesARefusalOn() throws Exception {
        front.answering(GONE);
        try (RawClient client = front.raw()) {
            assertThat(client.listen("s").readUntil("{}")).startsWith("HTTP/1.1 404 ");
        }
    }

    @Test
    void endsWhenALaterWorkerKnowsNoSuchSession() throws Exception {
        know("s");
        try (RawClient client = front.raw()) {
            client.listen("s").readUntil(": ka\n\n");
            front.answering(GONE);
            client.readUntil(END);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"503", "429", "500"})
    void staysOpenWhenALaterWorkerCannotServeItNow(String status) throws Exception {
        know("s");
        try (RawClient client = front.raw()) {
            client.listen("s").readUntil(": ka\n\n");
            FakeWorker busy =
                    front.answering("HTTP/1.1 " + status + " X\r\nContent-Length: 0\r\n\r\n");
            while (busy.heads.size() < 2) {
                client.readUntil(": ka\n\n");
            }
            listening("2");
            client.readUntil("data: 2\n\n");
        }
    }

    @Test
    void endsWithItsSession() throws Exception {
        front.worker(
                peer -> {
                    if (peer.readHead().startsWith("DELETE")) {
                        peer.send("HTTP/1.1 204 No Content\r\n\r\n");
                    } else {
                        peer.send(EVENTS + chunk("data: 1\n\n"));
                        peer.awaitEnd();
                    }
                });
        try (RawClient client = front.raw()) {
            client.listen("s").readUntil("data: 1\n\n");
            assertThat(
                            front.send(front.request("/mcp").DELETE().header("Mcp-Session-Id", "s"))
                                    .statusCode())
                    .isEqualTo(204);
            client.readUntil(END);
        }
    }

    @Test
    void endsWhenItsKeyCountsNoMore() throws Exception {
        know("s");
        try (RawClient client = front.raw()) {
            client.listen("s").readUntil(": ka\n\n");
            front.revoked.add(new Caller("default", null));
            client.readUntil(END);
        }
    }

    @Test
    void givesWayToANewerOne() throws Exception {
        AtomicInteger streams = new AtomicInteger();
        front.worker(
                peer -> {
                    peer.readHead();
                    streams.incrementAndGet();
                    peer.send(EVENTS + chunk("data: 1\n\n"));
                    peer.awaitEnd();
                });
        try (RawClient older = front.raw();
                RawClient newer = front.raw()) {
            older.listen("s").readUntil("data: 1\n\n");
            newer.listen("s").readUntil("data: 1\n\n");
            older.readUntil(END);
            assertThat(streams).hasValue(2);
        }
    }

    @Test
    void isCutWhereItsWorkerEndsInAnEvent() throws Exception {
        front.worker(
                peer -> {
                    peer.readHead();
                    peer.send(EVENTS + chunk("data: {\"half"));
                    peer.die();
                });
        try (RawClient client = front.raw()) {
            assertThat(client.listen("s").readAll())
                    .endsWith("data: {\"half\r\n")
                    .doesNotContain(END);
        }
    }

    @Test
    void noticesThatAWorkerIsSilent() throws Exception {
        FakeWorker worker =
                front.worker(
                        peer -> {
                            peer.readHead();
                            peer.send(EVENTS + chunk("data: 1\n\n"));
                            peer.awaitEnd();
                        });
        try (RawClient client = front.raw()) {
            client.listen("s").readUntil("data: 1\n\n");
            client.readUntil("data: 1\n\n");
            assertThat(worker.connections).hasValue(2);
        }
    }

    @Test
    void closesTheWorkersConnectionWhenItsClientLeaves() throws Exception {
        CountDownLatch left = new CountDownLatch(1);
        front.worker(
                peer -> {
                    peer.readHead();
                    peer.send(EVENTS);
                    try {
                        while (true) {
                            peer.send(chunk(": ka\n\n"));
                            Thread.sleep(20);
                        }
                    } finally {
                        left.countDown();
                    }
                });
        try (RawClient client = front.raw()) {
            client.listen("s").readUntil(": ka\n\n");
        }
        left.await();
    }

    @Test
    void canBeAThousand() throws Exception {
        List<RawClient> clients = new ArrayList<>();
        try {
            FakeWorker opening =
                    front.worker(
                            peer -> {
                                for (int i = 0; true; i++) {
                                    peer.readRequest();
                                    peer.send(initialized("s" + i));
                                }
                            });
            for (int i = 0; i < 1000; i++) {
                assertThat(front.send(front.post("{}")).statusCode()).isEqualTo(200);
            }
            opening.die();
            front.asked.set(0);
            for (int i = 0; i < 1000; i++) {
                RawClient client = front.raw();
                clients.add(client);
                client.listen("s" + i).readUntil(": ka\n\n");
            }
            assertThat(front.asked).hasValue(0);
            listening("all");
            for (RawClient client : clients) {
                client.readUntil("data: all\n\n");
            }
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
    }
}
