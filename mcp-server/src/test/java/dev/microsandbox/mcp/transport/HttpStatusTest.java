package dev.microsandbox.mcp.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The specification's rules for headers and status codes, case by case. */
@Timeout(60)
class HttpStatusTest {

    private static final String PING = Messages.request(5, "ping", Map.of());

    @TempDir Path home;

    @SuppressWarnings("NullAway.Init")
    private HttpFixture http;

    @BeforeEach
    void start() throws IOException {
        http = HttpFixture.open(home);
    }

    @AfterEach
    void stop() {
        http.close();
    }

    @Test
    void initializeOpensASession() throws Exception {
        HttpResponse<String> response = http.send(http.post(Messages.initialize(1)));
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
        assertThat(response.headers().firstValue("Mcp-Session-Id").orElseThrow())
                .matches("[\\x21-\\x7e]{32,}");
        assertThat(HttpFixture.json(response).at("/result/protocolVersion").asString())
                .isEqualTo("2025-11-25");
    }

    @Test
    void aRequestIsAnswered() throws Exception {
        String session = http.initialize();
        HttpResponse<String> response =
                http.send(http.post(session, Messages.call(7, "echo", Map.of("text", "héllo"))));
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(HttpFixture.json(response).get("id").asInt()).isEqualTo(7);
        assertThat(Messages.text(HttpFixture.json(response))).isEqualTo("héllo");
    }

    @Test
    void theToolSeesNamespaceAndSession() throws Exception {
        String session = http.initialize();
        HttpResponse<String> response =
                http.send(http.post(session, Messages.call(1, "whoami", Map.of())));
        assertThat(Messages.text(HttpFixture.json(response))).isEqualTo("default " + session);
    }

    @Test
    void notificationsAndAnswersAreAccepted() throws Exception {
        String session = http.initialize();
        HttpResponse<String> response = http.send(http.post(session, Messages.INITIALIZED));
        assertThat(response.statusCode()).isEqualTo(202);
        assertThat(response.body()).isEmpty();
        response = http.send(http.post(session, Messages.cancel(99)));
        assertThat(response.statusCode()).isEqualTo(202);
        response = http.send(http.post(session, Messages.result("no-such", Map.of())));
        assertThat(response.statusCode()).isEqualTo(400);
    }

    @Test
    void aMissingSessionIdIsABadRequest() throws Exception {
        HttpResponse<String> response = http.send(http.post(PING));
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(HttpFixture.message(response)).contains("Mcp-Session-Id", "initialize");
        assertThat(HttpFixture.json(response).get("id").isNull()).isTrue();
        assertThat(http.send(http.request("/mcp").GET()).statusCode()).isEqualTo(400);
        assertThat(http.send(http.request("/mcp").DELETE()).statusCode()).isEqualTo(400);
    }

    @Test
    void anUnknownSessionIsNotFound() throws Exception {
        HttpResponse<String> response = http.send(http.post("no-such", PING));
        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(HttpFixture.json(response).at("/error/code").asInt()).isEqualTo(-32001);
        HttpRequest.Builder get = http.request("/mcp").header("Mcp-Session-Id", "no-such").GET();
        assertThat(http.send(get).statusCode()).isEqualTo(404);
    }

    @Test
    void deleteEndsTheSession() throws Exception {
        String session = http.initialize();
        HttpRequest.Builder delete =
                http.request("/mcp").header("Mcp-Session-Id", session).DELETE();
        assertThat(http.send(delete).statusCode()).isEqualTo(204);
        assertThat(http.ended).containsExactly(session);
        assertThat(http.send(http.post(session, PING)).statusCode()).isEqualTo(404);
        assertThat(http.send(delete).statusCode()).isEqualTo(404);
        assertThat(http.ended).containsExactly(session);
    }

    @Test
    void initializingASessionTwiceIsABadRequest() throws Exception {
        String session = http.initialize();
        HttpResponse<String> response = http.send(http.post(session, Messages.initialize(3)));
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(HttpFixture.json(response).get("id").asInt()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":[]}}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{}}"
            })
    void aBadInitializeOpensNoSession(String body) throws Exception {
        HttpResponse<String> response = http.send(http.post(body));
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(HttpFixture.json(response).at("/error/code").asInt()).isEqualTo(-32602);
        assertThat(response.headers().firstValue("Mcp-Session-Id")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"{nonsense, -32700", "'[]', -32600", "'{}', -32600", "'', -32700"})
    void aBodyThatIsNoMessageIsABadRequest(String body, int code) throws Exception {
        String session = http.initialize();
        HttpResponse<String> response = http.send(http.post(session, body));
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(HttpFixture.json(response).at("/error/code").asInt()).isEqualTo(code);
        assertThat(http.send(http.post(session, PING)).statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PUT", "PATCH", "HEAD"})
    void otherMethodsAreNotAllowed(String method) throws Exception {
        HttpRequest.Builder request = http.request("/mcp").method(method, BodyPublishers.noBody());
        HttpResponse<String> response = http.send(request);
        assertThat(response.statusCode()).isEqualTo(405);
        assertThat(response.headers().firstValue("Allow")).hasValue("GET, POST, DELETE");
    }

    @ParameterizedTest
    @CsvSource({
        "application/json, 406",
        "text/event-stream, 406",
        "text/html, 406",
        "'application/json, text/event-stream', 200",
        "'Application/JSON;q=0.9, text/*', 200",
        "*/*, 200"
    })
    void theAcceptHeaderMustNameBothTypes(String accept, int status) throws Exception {
        HttpRequest.Builder request = http.post(Messages.initialize(1)).setHeader("Accept", accept);
        assertThat(http.send(request).statusCode()).isEqualTo(status);
    }

    @Test
    void aGetMustAcceptEvents() throws Exception {
        HttpRequest.Builder request =
                http.request("/mcp")
                        .setHeader("Accept", "application/json")
                        .header("Mcp-Session-Id", http.initialize())
                        .GET();
        assertThat(http.send(request).statusCode()).isEqualTo(406);
    }

    @ParameterizedTest
    @CsvSource({
        "text/plain, 415",
        "application/x-www-form-urlencoded, 415",
        "application/jsonx, 415",
        "application/json, 200",
        "application/json; charset=utf-8, 200"
    })
    void theBodyMustBeJson(String type, int status) throws Exception {
        HttpRequest.Builder request =
                http.post(Messages.initialize(1)).setHeader("Content-Type", type);
        assertThat(http.send(request).statusCode()).isEqualTo(status);
    }

    @ParameterizedTest
    @CsvSource({
        "2025-11-25, 200",
        "2025-06-18, 200",
        "2025-03-26, 200",
        "2030-01-01, 400",
        "nonsense, 400"
    })
    void theProtocolVersionIsChecked(String version, int status) throws Exception {
        HttpRequest.Builder request =
                http.post(PING)
                        .header("Mcp-Session-Id", http.initialize())
                        .header("MCP-Protocol-Version", version);
        HttpResponse<String> response = http.send(request);
        assertThat(response.statusCode()).isEqualTo(status);
        if (status == 400) {
            assertThat(HttpFixture.message(response)).contains("2025-11-25");
        }
    }

    @Test
    void withoutAVersionHeaderAnOlderVersionIsAssumed() throws Exception {
        HttpRequest.Builder request = http.post(PING).header("Mcp-Session-Id", http.initialize());
        assertThat(http.send(request).statusCode()).isEqualTo(200);
    }

    static Stream<BodyPublisherCase> largeBodies() {
        byte[] body = new byte[HttpFixture.LIMITS.maxBodyBytes() + 1];
        return Stream.of(
                new BodyPublisherCase("with a length", BodyPublishers.ofByteArray(body)),
                new BodyPublisherCase(
                        "in chunks",
                        BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body))));
    }

    record BodyPublisherCase(String name, HttpRequest.BodyPublisher body) {

        @Override
        public String toString() {
            return name;
        }
    }

    @ParameterizedTest
    @MethodSource("largeBodies")
    void aBodyTooLargeIsRefused(BodyPublisherCase large) throws Exception {
        HttpResponse<String> response = http.send(http.request("/mcp").POST(large.body()));
        assertThat(response.statusCode()).isEqualTo(413);
        assertThat(HttpFixture.message(response)).contains("1048576");
        assertThat(http.initialize()).isNotEmpty();
    }

    @Test
    void aLargeBodyIsServed() throws Exception {
        String text = "x".repeat(HttpFixture.LIMITS.maxBodyBytes() - 1000);
        HttpResponse<String> response =
                http.send(
                        http.post(
                                http.initialize(), Messages.call(1, "echo", Map.of("text", text))));
        assertThat(Messages.text(HttpFixture.json(response))).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/health", "/api/v1/health"})
    void healthNeedsNothing(String path) throws Exception {
        HttpResponse<String> response = http.send(HttpRequest.newBuilder(http.uri(path)).GET());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("{\"message\":\"Service is healthy\"}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/mcp/x", "/.well-known/oauth-protected-resource"})
    void otherPathsAreNotFound(String path) throws Exception {
        HttpResponse<String> response = http.send(http.request(path).GET());
        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(HttpFixture.message(response)).contains("/mcp");
    }

    @Test
    void anIdInUseIsABadRequest() throws Exception {
        String session = http.initialize();
        try (RawConnection first =
                new RawConnection(
                        http.uri("/mcp"),
                        "POST",
                        Messages.call(1, "wait", Map.of()),
                        "Host: localhost",
                        "Accept: " + HttpFixture.ACCEPT,
                        "Content-Type: application/json",
                        "Mcp-Session-Id: " + session)) {
            assertThat(http.tools.nextEvent()).isEqualTo("started");
            HttpResponse<String> second =
                    http.send(http.post(session, Messages.request(1, "ping", Map.of())));
            assertThat(second.statusCode()).isEqualTo(400);
            first.lineAfter(": ka");
            http.tools.release.countDown();
            assertThat(first.lineAfter("data: ")).contains("finished");
        }
    }
}
