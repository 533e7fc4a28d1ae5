package dev.microsandbox.mcp.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.life.SessionClient;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sessions that are resumed after a restart of the server. */
@Timeout(60)
class HttpRestartTest {

    private static final String PING = Messages.request(5, "ping", Map.of());

    @TempDir Path home;
    private final Shelf shelf = new Shelf();

    private static final class Shelf extends TestHost {

        final Map<String, SessionClient> kept = new ConcurrentHashMap<>();
        final List<String> opened = new CopyOnWriteArrayList<>();
        final CountDownLatch gate = new CountDownLatch(1);
        volatile boolean slow;
        volatile boolean full;

        @Override
        public void remember(String sessionId, SessionClient client) {
            opened.add(sessionId);
        }

        @Override
        public boolean keep(String sessionId, SessionClient client) {
            try {
                if (slow) {
                    gate.await();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (!full) {
                kept.put(sessionId, client);
            }
            return !full;
        }

        @Override
        public Optional<SessionClient> kept(String sessionId) {
            return Optional.ofNullable(kept.get(sessionId));
        }
    }

    private HttpFixture open(boolean developmentMode) throws Exception {
        return new HttpFixture(
                home,
                HttpFixture.settings().withDevelopmentMode(developmentMode),
                HttpFixture.TIMES,
                shelf);
    }

    @Test
    void theSameIdGoesOn() throws Exception {
        String session;
        try (HttpFixture before = open(true)) {
            session = before.initialize();
            before.server.close();
            assertThat(before.ended).isEmpty();
        }
        assertThat(String.valueOf(shelf.kept(session).orElseThrow().initialize()))
                .contains("protocolVersion");
        try (HttpFixture after = open(true)) {
            HttpResponse<String> answer =
                    after.send(after.post(session, Messages.call(1, "whoami", Map.of())));
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(Messages.text(HttpFixture.json(answer))).isEqualTo("default " + session);
            assertThat(after.send(after.post(session, PING)).statusCode()).isEqualTo(200);
            assertThat(after.send(after.post("no-such", PING)).statusCode()).isEqualTo(404);
            // Both servers can be killed.
            assertThat(shelf.opened).containsExactly(session, session);
            after.send(after.request("/mcp").header("Mcp-Session-Id", session).DELETE());
            assertThat(after.ended).containsExactly(session);
        }
    }

    @Test
    void nobodyElseGoesOnWithIt() throws Exception {
        String session;
        try (HttpFixture before = open(true)) {
            session = before.initialize();
        }
        try (HttpFixture after = open(false)) {
            String other = after.keys.create("team", null).token();
            assertThat(
                            after.send(
                                            after.post(session, PING)
                                                    .header("Authorization", "Bearer " + other))
                                    .statusCode())
                    .isEqualTo(404);
        }
    }

    @Test
    void whatIsNotKeptEnds() throws Exception {
        shelf.full = true;
        try (HttpFixture http = open(true)) {
            String session = http.initialize();
            http.server.close();
            assertThat(http.ended).containsExactly(session);
        }
    }

    @Test
    void aClientThatCallsMeanwhileIsNotToldThatItsSessionIsGone() throws Exception {
        shelf.slow = true;
        try (HttpFixture http = open(true)) {
            String session = http.initialize();
            CompletableFuture<Void> stop = CompletableFuture.runAsync(http.server::close);
            Awaitility.await().until(() -> http.send(http.post(session, PING)).statusCode() == 503);
            shelf.gate.countDown();
            stop.get(10, TimeUnit.SECONDS);
            assertThat(shelf.kept).containsKey(session);
        }
    }
}
