package dev.microsandbox.mcp.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.auth.ApiKeys;
import dev.microsandbox.mcp.auth.IssuedKey;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys, namespaces, Host and Origin. */
@Timeout(60)
class HttpAccessTest {

    private static final String PING = Messages.request(5, "ping", Map.of());

    @TempDir Path home;

    @SuppressWarnings("NullAway.Init")
    private HttpFixture http;

    @BeforeEach
    void start() throws IOException {
        http =
                new HttpFixture(
                        home,
                        HttpFixture.settings()
                                .withAllowed(
                                        Set.of("https://app.example"), Set.of("sandbox.example")));
    }

    @AfterEach
    void stop() {
        http.close();
    }

    private HttpResponse<String> initialize(String header, String value) throws Exception {
        return http.send(http.post(Messages.initialize(1)).header(header, value));
    }

    private static String challenge(HttpResponse<String> response) {
        return response.headers().firstValue("WWW-Authenticate").orElse("none");
    }

    @ParameterizedTest
    @CsvSource({"Authorization, 'Bearer '", "authorization, 'bearer  '", "X-API-Key, ''"})
    void aKeyOpensItsNamespace(String header, String prefix) throws Exception {
        IssuedKey key = http.keys.create("team-a", null);
        String value = prefix + key.token();
        String session = http.initialize(http.request("/mcp").header(header, value));
        HttpResponse<String> response =
                http.send(
                        http.post(session, Messages.call(1, "whoami", Map.of()))
                                .header(header, value));
        assertThat(Messages.text(HttpFixture.json(response))).isEqualTo("team-a " + session);
    }

    @Test
    void aNamespaceWithoutSettingsIsServedToo() throws Exception {
        IssuedKey key = http.keys.create("nobody-configured-it", null);
        HttpResponse<String> response = initialize("X-API-Key", key.token());
        assertThat(response.statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/mcp", "/sse", "/messages?sessionId=x"})
    void withoutKeyNothingIsServed(String path) throws Exception {
        for (String method : new String[] {"GET", "POST", "DELETE"}) {
            HttpResponse<String> response =
                    http.send(http.request(path).method(method, BodyPublishers.noBody()));
            assertThat(response.statusCode()).isEqualTo(401);
            assertThat(challenge(response)).isEqualTo("Bearer realm=\"microsandbox\"");
            assertThat(HttpFixture.message(response)).contains("msb key create");
            assertThat(HttpFixture.json(response).get("id").isNull()).isTrue();
        }
    }

    @Test
    void aWrongKeyIsRefused() throws Exception {
        HttpResponse<String> response = initialize("X-API-Key", "secret");
        assertThat(response.statusCode()).isEqualTo(401);
        assertThat(challenge(response)).contains("error=\"invalid_token\"", "malformed");
        response = initialize("Authorization", "Basic dXNlcjpwYXNz");
        assertThat(response.statusCode()).isEqualTo(401);
        String other = new ApiKeys(home.resolve("other")).create("team-a", null).token();
        response = initialize("X-API-Key", other);
        assertThat(response.statusCode()).isEqualTo(401);
        assertThat(challenge(response)).contains("unknown");
    }

    @Test
    void anExpiredKeyIsRefused() throws Exception {
        IssuedKey key = http.keys.create("team-a", Duration.ofNanos(1));
        HttpResponse<String> response = initialize("X-API-Key", key.token());
        assertThat(response.statusCode()).isEqualTo(401);
        assertThat(challenge(response)).contains("error=\"invalid_token\"", "expired");
        assertThat(HttpFixture.message(response)).contains("expired on");
    }

    @Test
    void aRevokedKeyIsRefusedAndItsSessionsEnd() throws Exception {
        IssuedKey key = http.keys.create("team-a", null);
        String session = http.initialize(http.request("/mcp").header("X-API-Key", key.token()));
        http.keys.revoke(key.key().id());
        HttpResponse<String> response =
                http.send(http.post(session, PING).header("X-API-Key", key.token()));
        assertThat(response.statusCode()).isEqualTo(401);
        assertThat(challenge(response)).contains("error=\"invalid_token\"", "revoked");
        assertThat(HttpFixture.message(response)).contains("was revoked on");
        Awaitility.await().until(() -> http.ended.equals(List.of(session)));
    }

    @Test
    void aSessionIsInvisibleToOtherKeys() throws Exception {
        IssuedKey mine = http.keys.create("team-a", null);
        IssuedKey sameTeam = http.keys.create("team-a", null);
        IssuedKey otherTeam = http.keys.create("team-b", null);
        String session = http.initialize(http.request("/mcp").header("X-API-Key", mine.token()));
        for (IssuedKey key : new IssuedKey[] {sameTeam, otherTeam}) {
            HttpRequest.Builder request = http.post(session, PING).header("X-API-Key", key.token());
            assertThat(http.send(request).statusCode()).isEqualTo(404);
            HttpRequest.Builder delete =
                    http.request("/mcp")
                            .header("Mcp-Session-Id", session)
                            .header("X-API-Key", key.token())
                            .DELETE();
            assertThat(http.send(delete).statusCode()).isEqualTo(404);
        }
        HttpRequest.Builder request = http.post(session, PING).header("X-API-Key", mine.token());
        assertThat(http.send(request).statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "http://localhost:6274, 200",
        "https://app.example, 200",
        "http://evil.example, 403",
        "null, 403"
    })
    void webPagesOfOtherOriginsAreForbidden(String origin, int status) throws Exception {
        IssuedKey key = http.keys.create("team-a", null);
        HttpResponse<String> response =
                http.send(
                        http.post(Messages.initialize(1))
                                .header("X-API-Key", key.token())
                                .header("Origin", origin));
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(response.headers().firstValue("Access-Control-Allow-Origin").isPresent())
                .isEqualTo(status == 200);
    }

    @ParameterizedTest
    @CsvSource({"cross-site, 403", "same-site, 403", "same-origin, 401", "none, 401"})
    void pagesThatSendNoOriginAreForbidden(String site, int status) throws Exception {
        HttpRequest.Builder request = http.request("/sse").header("Sec-Fetch-Site", site);
        assertThat(http.send(request).statusCode()).isEqualTo(status);
    }

    @Test
    void aPreflightNeedsNoKey() throws Exception {
        HttpRequest.Builder request =
                http.request("/mcp")
                        .header("Origin", "https://app.example")
                        .header("Access-Control-Request-Method", "POST")
                        .method("OPTIONS", BodyPublishers.noBody());
        HttpResponse<String> response = http.send(request);
        assertThat(response.statusCode()).isEqualTo(204);
        assertThat(response.headers().firstValue("Access-Control-Allow-Origin"))
                .hasValue("https://app.example");
        assertThat(response.headers().firstValue("Access-Control-Allow-Headers").orElse(""))
                .contains("Authorization", "Mcp-Session-Id");
        assertThat(http.send(request.setHeader("Origin", "http://evil.example")).statusCode())
                .isEqualTo(403);
    }

    @ParameterizedTest
    @CsvSource({
        "localhost, 401",
        "127.0.0.1:5555, 401",
        "sandbox.example, 401",
        "evil.example, 421",
        "localhost.evil.example:5555, 421"
    })
    void hostNamesOfOthersAreRefused(String host, int status) throws Exception {
        try (RawConnection connection =
                new RawConnection(
                        http.uri("/mcp"),
                        "POST",
                        Messages.initialize(1),
                        "Host: " + host,
                        "Accept: " + HttpFixture.ACCEPT,
                        "Content-Type: application/json")) {
            assertThat(connection.statusLine()).contains(" " + status + " ");
        }
    }

    @Test
    void developmentModeThatIsForNeighboursAsksOthersForAKey() throws Exception {
        AtomicBoolean near = new AtomicBoolean();
        HttpSettings settings =
                HttpFixture.settings()
                        .withDevelopmentMode(true)
                        .withKeyless(peer -> near.get() && peer.isLoopbackAddress());
        try (HttpFixture open = new HttpFixture(home.resolve("near"), settings)) {
            for (String header : new String[] {"X-Forwarded-For", "Forwarded", "X-Real-IP"}) {
                HttpResponse<String> response =
                        open.send(
                                open.post(Messages.initialize(1)).header(header, "for=127.0.0.1"));
                assertThat(response.statusCode()).isEqualTo(401);
                assertThat(challenge(response)).isEqualTo("Bearer realm=\"microsandbox\"");
                assertThat(HttpFixture.message(response))
                        .contains("default gateway", "msb key create", "docker exec");
            }
            String key = open.keys.create("team-a", null).token();
            String session = open.initialize(open.request("/mcp").header("X-API-Key", key));
            HttpRequest.Builder call = open.post(session, Messages.call(1, "whoami", Map.of()));
            assertThat(Messages.text(HttpFixture.json(open.send(call.header("X-API-Key", key)))))
                    .startsWith("team-a ");
            near.set(true);
            assertThat(open.initialize()).isNotEmpty();
            assertThat(open.initialize(open.request("/mcp").header("X-API-Key", "stale")))
                    .isNotEmpty();
        }
    }

    @Test
    void developmentModeNeedsNoKeyButChecksTheHost() throws Exception {
        try (HttpFixture open = HttpFixture.open(home.resolve("open"));
                RawConnection connection =
                        new RawConnection(
                                open.uri("/mcp"),
                                "POST",
                                Messages.initialize(1),
                                "Host: evil.example",
                                "Accept: " + HttpFixture.ACCEPT,
                                "Content-Type: application/json")) {
            assertThat(connection.statusLine()).contains(" 421 ");
            assertThat(open.initialize()).isNotEmpty();
        }
    }
}
