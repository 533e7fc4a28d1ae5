package dev.microsandbox.mcp.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Event streams, concurrency and cancellation over Streamable HTTP and HTTP+SSE. */
@Timeout(60)
class HttpStreamsTest {

    @TempDir Path home;

    @SuppressWarnings("NullAway.Init")
    private HttpFixture http;

    @BeforeEach
    void start() throws Exception {
        http = HttpFixture.open(home);
    }

    @AfterEach
    void stop() {
        http.close();
    }

    private RawConnection call(String session, String body) throws Exception {
        return new RawConnection(
                http.uri("/mcp"),
                "POST",
                body,
                "Host: localhost",
                "Accept: " + HttpFixture.ACCEPT,
                "Content-Type: application/json",
                "Mcp-Session-Id: " + session);
    }

    private RawConnection get(String path, String... headers) throws Exception {
        List<String> all = new ArrayList<>(List.of(headers));
        all.add("Host: localhost");
        all.add("Accept: text/event-stream");
        return new RawConnection(http.uri(path), "GET", "", all.toArray(String[]::new));
    }

    private static JsonNode data(RawConnection connection) throws Exception {
        return Messages.JSON.readTree(connection.lineAfter("data: "));
    }

    @Test
    void progressComesBeforeTheAnswerOnTheSameStream() throws Exception {
        String session = http.initialize();
        try (RawConnection stream = call(session, Messages.call(1, "progress", Map.of()))) {
            assertThat(stream.statusLine()).contains(" 200 ");
            assertThat(stream.lineAfter("Content-Type: ")).isEqualTo("text/event-stream");
            for (int i = 1; i <= 3; i++) {
                JsonNode progress = data(stream);
                assertThat(progress.get("method").asString()).isEqualTo("notifications/progress");
                assertThat(progress.at("/params/progressToken").asString()).isEqualTo("p1");
                assertThat(progress.at("/params/progress").asInt()).isEqualTo(i);
            }
            assertThat(stream.lineAfter(": ")).isEqualTo("ka");
            http.tools.release.countDown();
            assertThat(Messages.text(data(stream))).isEqualTo("finished");
            assertThat(stream.ends()).isTrue();
        }
    }

    @Test
    void theClientsAnswersReachTheTool() throws Exception {
        String session = http.initialize();
        try (RawConnection stream = call(session, Messages.call(1, "elicit", Map.of()))) {
            JsonNode question = data(stream);
            assertThat(question.get("method").asString()).isEqualTo("elicitation/create");
            String answer =
                    Messages.result(question.get("id").asString(), Map.of("action", "cancel"));
            assertThat(http.send(http.post(session, answer)).statusCode()).isEqualTo(202);
            assertThat(Messages.text(data(stream))).isEqualToIgnoringCase("cancel");
        }
    }

    @Test
    void aSlowCallHoldsUpNobody() throws Exception {
        String session = http.initialize();
        try (RawConnection slow = call(session, Messages.call(1, "wait", Map.of()))) {
            assertThat(http.tools.nextEvent()).isEqualTo("started");
            HttpResponse<String> response =
                    http.send(http.post(session, Messages.request(2, "ping", Map.of())));
            assertThat(response.statusCode()).isEqualTo(200);
            slow.lineAfter(": ka");
            http.tools.release.countDown();
            assertThat(Messages.text(data(slow))).isEqualTo("finished");
        }
    }

    @Test
    void manyClientsAtOnceGetTheirOwnAnswers() throws Exception {
        List<Callable<Boolean>> clients = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            String mine = "client " + i;
            clients.add(
                    () -> {
                        String session = http.initialize();
                        for (int id = 1; id <= 10; id++) {
                            String text = mine + " call " + id;
                            HttpResponse<String> response =
                                    http.send(
                                            http.post(
                                                    session,
                                                    Messages.call(
                                                            id, "echo", Map.of("text", text))));
                            if (!Messages.text(HttpFixture.json(response)).equals(text)) {
                                return false;
                            }
                        }
                        return true;
                    });
        }
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Boolean> result : executor.invokeAll(clients)) {
                assertThat(result.get()).isTrue();
            }
        }
    }

    @Test
    void cancellingInterruptsTheToolAndEndsTheStream() throws Exception {
        String session = http.initialize();
        try (RawConnection stream = call(session, Messages.call(1, "wait", Map.of()))) {
            assertThat(http.tools.nextEvent()).isEqualTo("started");
            assertThat(http.send(http.post(session, Messages.cancel(1))).statusCode())
                    .isEqualTo(202);
            assertThat(http.tools.nextEvent()).isEqualTo("interrupted");
            assertThat(stream.ends()).isTrue();
        }
        assertThat(http.ended).isEmpty();
    }

    @Test
    void anotherSessionCannotCancelACall() throws Exception {
        String session = http.initialize();
        String other = http.initialize();
        try (RawConnection stream = call(session, Messages.call(1, "wait", Map.of()))) {
            assertThat(http.tools.nextEvent()).isEqualTo("started");
            http.send(http.post(other, Messages.cancel(1)));
            stream.lineAfter(": ka");
            http.tools.release.countDown();
            assertThat(http.tools.nextEvent()).isEqualTo("finished");
            assertThat(Messages.text(data(stream))).isEqualTo("finished");
        }
    }

    @Test
    void aClientThatVanishesInterruptsItsCall() throws Exception {
        String session = http.initialize();
        try (RawConnection stream = call(session, Messages.call(1, "wait", Map.of()))) {
            assertThat(http.tools.nextEvent()).isEqualTo("started");
            stream.lineAfter(": ka");
        }
        assertThat(http.tools.nextEvent()).isEqualTo("interrupted");
        // The session itself continues.
        assertThat(http.ended).isEmpty();
        HttpResponse<String> response =
                http.send(http.post(session, Messages.request(2, "ping", Map.of())));
        assertThat(response.statusCode()).isEqualTo(200);
    }

    @Test
    void aClientThatVanishesAtOnceInterruptsItsCall() throws Exception {
        String session = http.initialize();
        call(session, Messages.call(1, "wait", Map.of())).close();
        assertThat(http.tools.nextEvent()).isEqualTo("started");
        assertThat(http.tools.nextEvent()).isEqualTo("interrupted");
    }

    @Test
    void deletingASessionInterruptsItsCalls() throws Exception {
        String session = http.initialize();
        try (RawConnection stream = call(session, Messages.call(1, "wait", Map.of()))) {
            assertThat(http.tools.nextEvent()).isEqualTo("started");
            http.send(http.request("/mcp").header("Mcp-Session-Id", session).DELETE());
            assertThat(http.tools.nextEvent()).isEqualTo("interrupted");
            assertThat(stream.ends()).isTrue();
        }
    }

    @Test
    void messagesThatBelongToNoRequestComeOnTheListeningStream() throws Exception {
        String session = http.initialize();
        try (RawConnection first = get("/mcp", "Mcp-Session-Id: " + session)) {
            assertThat(first.statusLine()).contains(" 200 ");
            try (RawConnection second = get("/mcp", "Mcp-Session-Id: " + session)) {
                assertThat(second.statusLine()).contains(" 200 ");
                // A client that opens another stream has lost the earlier one, so the earlier one
                // ends.
                assertThat(first.ends()).isTrue();
            }
        }
    }

    @Test
    void notificationsReachTheListeningStream() throws Exception {
        String session = http.initialize();
        try (RawConnection stream = get("/mcp", "Mcp-Session-Id: " + session)) {
            stream.lineAfter(": ka");
            stream.lineAfter(": ka");
            http.server
                    .streamable()
                    .notifyClients("notifications/tools/list_changed", null)
                    .block();
            assertThat(data(stream).get("method").asString())
                    .isEqualTo("notifications/tools/list_changed");
            http.server.streamable().notifyClient(session, "notifications/x", Map.of()).block();
            assertThat(data(stream).get("method").asString()).isEqualTo("notifications/x");
        }
    }

    private static String endpoint(RawConnection stream) throws Exception {
        stream.lineAfter("event: endpoint");
        return stream.lineAfter("data: ");
    }

    private int postMessage(String endpoint, String body) throws Exception {
        return http.send(http.request(endpoint).POST(BodyPublishers.ofString(body))).statusCode();
    }

    private String openSse(RawConnection stream) throws Exception {
        String endpoint = endpoint(stream);
        assertThat(endpoint).startsWith("/messages?sessionId=");
        assertThat(postMessage(endpoint, Messages.initialize(0))).isEqualTo(202);
        assertThat(data(stream).at("/result/serverInfo/name").asString()).isEqualTo("test");
        assertThat(postMessage(endpoint, Messages.INITIALIZED)).isEqualTo(202);
        return endpoint;
    }

    @Test
    void theOlderTransportWorks() throws Exception {
        try (RawConnection stream = get("/sse")) {
            String endpoint = openSse(stream);
            assertThat(postMessage(endpoint, Messages.call(1, "wait", Map.of()))).isEqualTo(202);
            assertThat(http.tools.nextEvent()).isEqualTo("started");
            assertThat(postMessage(endpoint, Messages.call(2, "whoami", Map.of()))).isEqualTo(202);
            String session = endpoint.substring("/messages?sessionId=".length());
            assertThat(Messages.text(data(stream))).isEqualTo("default " + session);
            assertThat(postMessage(endpoint, "{nonsense")).isEqualTo(400);
            http.tools.release.countDown();
            assertThat(Messages.text(data(stream))).isEqualTo("finished");
            assertThat(http.ended).isEmpty();
        }
        Awaitility.await().until(() -> http.ended.size() == 1);
    }

    @Test
    void theOlderTransportCancels() throws Exception {
        try (RawConnection stream = get("/sse")) {
            String endpoint = openSse(stream);
            postMessage(endpoint, Messages.call(1, "wait", Map.of()));
            assertThat(http.tools.nextEvent()).isEqualTo("started");
            postMessage(endpoint, Messages.cancel(1));
            assertThat(http.tools.nextEvent()).isEqualTo("interrupted");
            postMessage(endpoint, Messages.request(2, "ping", Map.of()));
            assertThat(data(stream).get("id").asInt()).isEqualTo(2);
        }
    }

    @Test
    void aLostStreamEndsTheOlderTransportsSession() throws Exception {
        String endpoint;
        try (RawConnection stream = get("/sse")) {
            endpoint = openSse(stream);
            postMessage(endpoint, Messages.call(1, "wait", Map.of()));
            assertThat(http.tools.nextEvent()).isEqualTo("started");
        }
        assertThat(http.tools.nextEvent()).isEqualTo("interrupted");
        Awaitility.await().until(() -> http.ended.size() == 1);
        assertThat(postMessage(endpoint, Messages.request(2, "ping", Map.of()))).isEqualTo(404);
    }

    @Test
    void theOlderTransportsStatusCodes() throws Exception {
        assertThat(postMessage("/messages", Messages.initialize(1))).isEqualTo(400);
        assertThat(postMessage("/messages?sessionId=x", Messages.initialize(1))).isEqualTo(404);
        assertThat(postMessage("/sse", Messages.initialize(1))).isEqualTo(405);
        assertThat(http.send(http.request("/messages").GET()).statusCode()).isEqualTo(405);
        assertThat(
                        http.send(http.request("/sse").setHeader("Accept", "text/html").GET())
                                .statusCode())
                .isEqualTo(406);
    }
}
