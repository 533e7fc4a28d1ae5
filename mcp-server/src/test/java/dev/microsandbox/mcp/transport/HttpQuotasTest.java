package dev.microsandbox.mcp.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.auth.IssuedKey;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One namespace opens sessions until it cannot; another one works. The server has 6 places. */
@Timeout(30)
class HttpQuotasTest {

    private static final String PING = Messages.request(5, "ping", Map.of());

    @TempDir Path home;

    private final Set<String> begun = ConcurrentHashMap.newKeySet();

    @SuppressWarnings("NullAway.Init")
    private HttpFixture http;

    @BeforeEach
    void open() throws Exception {
        TestHost host =
                new TestHost() {
                    @Override
                    public boolean hasBegun(String sessionId) {
                        return begun.contains(sessionId);
                    }
                };
        SessionLimits limits =
                new SessionLimits(6, 1000)
                        .withOfNamespace(namespace -> namespace.equals("small") ? 2 : 6);
        http =
                new HttpFixture(
                        home,
                        HttpFixture.settings().withLimits(HttpFixture.LIMITS, limits),
                        HttpFixture.TIMES,
                        host);
    }

    @AfterEach
    void close() {
        http.close();
    }

    private HttpRequest.Builder as(HttpRequest.Builder request, IssuedKey key) {
        return request.header("Authorization", "Bearer " + key.token());
    }

    private String initialize(IssuedKey key) throws Exception {
        return http.initialize(as(http.request("/mcp"), key));
    }

    private int ping(IssuedKey key, String session) throws Exception {
        return http.send(as(http.post(session, PING), key)).statusCode();
    }

    @Test
    void aFloodOfSessionsEndsNobodyElses() throws Exception {
        IssuedKey flood = http.keys.create("flood", null);
        IssuedKey other = http.keys.create("other", null);
        String waiting = initialize(other);
        for (int i = 0; i < 30; i++) {
            initialize(flood);
        }
        assertThat(ping(other, waiting)).isEqualTo(200);
        String more = initialize(other);
        assertThat(ping(other, more)).isEqualTo(200);
        assertThat(ping(other, waiting)).isEqualTo(200);
        assertThat(http.ended).doesNotContain(waiting, more);
    }

    @Test
    void aFullNamespaceIsToldWhichLimitAndWhatToDo() throws Exception {
        IssuedKey small = http.keys.create("small", null);
        List<String> sessions = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            sessions.add(initialize(small));
        }
        begun.add(sessions.get(0));
        String third = initialize(small);
        assertThat(http.ended).containsExactly(sessions.get(1));
        assertThat(ping(small, sessions.get(1))).isEqualTo(404);
        begun.add(third);
        HttpResponse<String> refused =
                http.send(
                        as(http.request("/mcp"), small)
                                .POST(BodyPublishers.ofString(Messages.initialize(1))));
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.headers().firstValue("Retry-After")).isPresent();
        assertThat(HttpFixture.message(refused))
                .isEqualTo(
                        "Namespace 'small' has 2 of 2 sessions, and needs all of them. Close one"
                                + " that is no longer needed, or try again later. The server's"
                                + " operator can raise quota.sessions in namespaces/small.yaml.");
        http.send(as(http.request("/mcp"), small).header("Mcp-Session-Id", third).DELETE());
        assertThat(initialize(small)).isNotEmpty();
        assertThat(initialize(http.keys.create("other", null))).isNotEmpty();
    }

    @Test
    void aSessionThatServesARequestDoesNotGiveWay() throws Exception {
        IssuedKey small = http.keys.create("small", null);
        String busy = initialize(small);
        try (RawConnection _ =
                new RawConnection(
                        http.uri("/mcp"),
                        "POST",
                        Messages.call(1, "wait", Map.of()),
                        "Host: localhost",
                        "Accept: " + HttpFixture.ACCEPT,
                        "Content-Type: application/json",
                        "Authorization: Bearer " + small.token(),
                        "Mcp-Session-Id: " + busy)) {
            assertThat(http.tools.nextEvent()).isEqualTo("started");
            String idle = initialize(small);
            initialize(small);
            assertThat(http.ended).containsExactly(idle);
        }
    }
}
