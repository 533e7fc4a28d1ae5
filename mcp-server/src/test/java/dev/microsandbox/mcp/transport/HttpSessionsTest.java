package dev.microsandbox.mcp.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.microsandbox.mcp.life.SessionTimes;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The end of sessions, and limits on their number. */
@Timeout(60)
class HttpSessionsTest {

    private static final String PING = Messages.request(5, "ping", Map.of());

    @TempDir Path home;

    private HttpFixture open(Duration idle, Duration lifetime) throws Exception {
        return HttpFixture.open(home, new SessionTimes(idle, lifetime), new SessionLimits(3, 100));
    }

    private static RawConnection call(HttpFixture http, String session, String body)
            throws Exception {
        return new RawConnection(
                http.uri("/mcp"),
                "POST",
                body,
                "Host: localhost",
                "Accept: " + HttpFixture.ACCEPT,
                "Content-Type: application/json",
                "Mcp-Session-Id: " + session);
    }

    private static RawConnection listen(HttpFixture http, String session) throws Exception {
        return new RawConnection(
                http.uri("/mcp"),
                "GET",
                "",
                "Host: localhost",
                "Accept: text/event-stream",
                "Mcp-Session-Id: " + session);
    }

    @Test
    void anIdleSessionEndsOnce() throws Exception {
        try (HttpFixture http = open(Duration.ofMillis(200), Duration.ofHours(1))) {
            String session = http.initialize();
            Awaitility.await().until(() -> http.ended.equals(List.of(session)));
            assertThat(http.send(http.post(session, PING)).statusCode()).isEqualTo(404);
        }
        // The stop found no session left to end.
    }

    @Test
    void requestsKeepASessionAlive() throws Exception {
        try (HttpFixture http = open(Duration.ofSeconds(1), Duration.ofHours(1))) {
            String session = http.initialize();
            for (int i = 0; i < 15; i++) {
                Thread.sleep(100);
                assertThat(http.send(http.post(session, PING)).statusCode()).isEqualTo(200);
            }
            assertThat(http.ended).isEmpty();
        }
    }

    @Test
    void aRunningCallKeepsASessionAlive() throws Exception {
        try (HttpFixture http = open(Duration.ofMillis(200), Duration.ofHours(1))) {
            String session = http.initialize();
            try (RawConnection call = call(http, session, Messages.call(1, "wait", Map.of()))) {
                assertThat(http.tools.nextEvent()).isEqualTo("started");
                Thread.sleep(600);
                assertThat(http.ended).isEmpty();
                http.tools.release.countDown();
                assertThat(call.lineAfter("data: ")).contains("finished");
            }
            Awaitility.await().until(() -> http.ended.size() == 1);
        }
    }

    @Test
    void aListeningStreamKeepsNoSessionAlive() throws Exception {
        try (HttpFixture http = open(Duration.ofMillis(300), Duration.ofHours(1))) {
            String session = http.initialize();
            try (RawConnection stream = listen(http, session)) {
                assertThat(stream.statusLine()).contains(" 200 ");
                Awaitility.await().until(() -> http.ended.equals(List.of(session)));
                assertThat(stream.ends()).isTrue();
            }
        }
    }

    @Test
    void anOldSessionEndsWhateverItDoes() throws Exception {
        try (HttpFixture http = open(Duration.ofHours(1), Duration.ofMillis(500))) {
            String session = http.initialize();
            try (RawConnection call = call(http, session, Messages.call(1, "wait", Map.of()))) {
                assertThat(http.tools.nextEvent()).isEqualTo("started");
                assertThat(http.tools.nextEvent()).isEqualTo("interrupted");
                assertThat(call.ends()).isTrue();
            }
            Awaitility.await().until(() -> http.ended.equals(List.of(session)));
        }
    }

    @Test
    void thereAreOnlySoManySessions() throws Exception {
        try (HttpFixture http = open(Duration.ofHours(1), Duration.ofHours(1))) {
            String first = http.initialize();
            http.initialize();
            http.initialize();
            HttpResponse<String> refused = http.send(http.post(Messages.initialize(1)));
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.headers().firstValue("Retry-After")).isPresent();
            assertThat(HttpFixture.message(refused)).contains("Close one");
            http.send(http.request("/mcp").header("Mcp-Session-Id", first).DELETE());
            assertThat(http.initialize()).isNotEmpty();
        }
    }

    @Test
    void aFailedInitializeTakesNoPlace() throws Exception {
        try (HttpFixture http = open(Duration.ofHours(1), Duration.ofHours(1))) {
            for (int i = 0; i < 10; i++) {
                http.send(http.post("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\"}"));
            }
            assertThat(http.initialize()).isNotEmpty();
        }
    }

    @Test
    void sessionsCannotBeOpenedTooFast() throws Exception {
        SessionLimits limits = new SessionLimits(100, 5);
        try (HttpFixture http = HttpFixture.open(home, HttpFixture.TIMES, limits)) {
            for (int i = 0; i < 5; i++) {
                http.initialize();
            }
            HttpResponse<String> refused = http.send(http.post(Messages.initialize(1)));
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(refused.headers().firstValue("Retry-After")).isPresent();
        }
    }

    @Test
    void stoppingWaitsForCallsThenEndsAllSessions() throws Exception {
        HttpFixture http = HttpFixture.open(home);
        String session = http.initialize();
        http.initialize();
        try (RawConnection call = call(http, session, Messages.call(1, "wait", Map.of()))) {
            assertThat(http.tools.nextEvent()).isEqualTo("started");
            CompletableFuture<Void> stop = CompletableFuture.runAsync(http.server::close);
            call.lineAfter(": ka");
            assertThat(stop).isNotDone();
            http.tools.release.countDown();
            assertThat(call.lineAfter("data: ")).contains("finished");
            stop.get(10, TimeUnit.SECONDS);
            assertThat(http.ended).hasSize(2).contains(session);
        }
        http.close();
        assertThat(http.ended).hasSize(2);
    }

    @Test
    void stoppingInterruptsCallsThatTakeTooLong() throws Exception {
        try (HttpFixture http = HttpFixture.open(home)) {
            String session = http.initialize();
            try (RawConnection call = call(http, session, Messages.call(1, "wait", Map.of()))) {
                assertThat(http.tools.nextEvent()).isEqualTo("started");
                http.server.close();
                assertThat(http.tools.nextEvent()).isEqualTo("interrupted");
                assertThat(http.ended).containsExactly(session);
                assertThat(call.ends()).isTrue();
            }
        }
    }

    @Test
    void aPortInUseIsSaid() throws Exception {
        try (HttpFixture http = HttpFixture.open(home)) {
            HttpSettings same =
                    HttpSettings.of("127.0.0.1", http.server.port()).withDevelopmentMode(true);
            assertThatIOException()
                    .isThrownBy(() -> new HttpFixture(home, same))
                    .withMessageContaining("Cannot listen on 127.0.0.1:" + http.server.port());
        }
    }

    @Test
    void aHostThatIsNotOneOfThisMachineIsSaid() {
        for (String host : List.of("no-such-host.invalid", "192.0.2.1")) {
            HttpSettings settings = HttpSettings.of(host, 0).withDevelopmentMode(true);
            assertThatIOException()
                    .isThrownBy(() -> new HttpFixture(home, settings))
                    .withMessageContaining("Cannot listen on " + host);
        }
    }

    @Test
    void aSessionOfOneTransportIsUnknownToTheOther() throws Exception {
        try (HttpFixture http = HttpFixture.open(home)) {
            String session = http.initialize();
            HttpRequest.Builder request =
                    http.request("/messages?sessionId=" + session)
                            .POST(HttpRequest.BodyPublishers.ofString(PING));
            assertThat(http.send(request).statusCode()).isEqualTo(404);
        }
    }
}
