package dev.microsandbox.mcp.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.mcp.FormerRelease;
import dev.microsandbox.mcp.life.SessionClient;
import dev.microsandbox.mcp.session.disk.Leftovers;
import dev.microsandbox.mcp.session.limits.SessionException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sessions that an earlier release has kept on disk can be resumed. */
@Timeout(30)
class FormerSessionsTest {

    private static final Map<String, Object> INITIALIZE =
            Map.of(
                    "protocolVersion",
                    "2025-11-25",
                    "capabilities",
                    Map.of(),
                    "clientInfo",
                    Map.of("name", "a \"client\"", "version", "1.0"));

    @TempDir Path directory;

    /** The files as a stopped server and a killed server wrote them. */
    @BeforeEach
    void copy() throws Exception {
        Path former = FormerRelease.file("sessions");
        try (Stream<Path> all = Files.walk(former)) {
            for (Path each : all.filter(path -> !path.equals(former)).toList()) {
                Files.copy(each, directory.resolve(former.relativize(each)));
            }
        }
    }

    private static void use(SessionFixture fixture, String session) {
        fixture.sessions.remember(session, fixture.sessions.kept(session).orElseThrow());
    }

    @Test
    void oneThatWasKeptAtAStopGoesOn() throws Exception {
        SessionClient client = new SessionClient("team", "key-1", INITIALIZE);
        try (SessionFixture after = new SessionFixture(directory)) {
            after.pass(Duration.ofMinutes(13));
            assertThat(after.sessions.kept("stopped")).contains(client);
            assertThat(after.notice("stopped")).startsWith("The computer was suspended for 10 min");
            assertThat(after.call("stopped").file()).isEqualTo("kept");
            assertThat(after.call("stopped", "f1").file()).isEqualTo("of the fork");
            assertThatThrownBy(() -> after.call("stopped", "f2"))
                    .isInstanceOf(SessionException.class)
                    .hasMessageStartingWith("Computer f2 ended unexpectedly;");
            after.restore("stopped", "base");
            assertThat(after.call("stopped").restores).hasValue(1);
            assertThat(after.fork("stopped")).isEqualTo("f3");
        }
    }

    @Test
    void oneOfAServerThatWasKilledGoesOn() throws Exception {
        try (SessionFixture after = new SessionFixture(directory)) {
            after.pass(Duration.ofHours(1));
            assertThat(after.sessions.kept("killed"))
                    .contains(new SessionClient("default", null, INITIALIZE));
            assertThat(after.notice("killed")).startsWith("The computer was suspended for 42 min");
            assertThat(after.call("killed").file()).isEqualTo("asleep");
            assertThatThrownBy(() -> after.call("killed", "f1"))
                    .isInstanceOf(SessionException.class)
                    .hasMessageStartingWith(
                            "Computer f1 was lost because the server ended unexpectedly;");
        }
    }

    @Test
    void isWrittenAnewAsItIsWrittenNow() throws Exception {
        SessionClient client = new SessionClient("team", "key-1", INITIALIZE);
        try (SessionFixture after = new SessionFixture(directory)) {
            use(after, "stopped");
            after.sessions.session("stopped", "team");
            assertThat(after.sessions.keep("stopped", client)).isTrue();
        }
        assertThat(Files.readString(directory.resolve("stopped/session")))
                .contains(
                        "\"client\":{\"namespace\":\"team\",\"keyId\":\"key-1\",\"initialize\":{\"")
                .doesNotContain("note");
        try (SessionFixture next = new SessionFixture(directory)) {
            assertThat(next.sessions.kept("stopped")).contains(client);
            assertThat(next.call("stopped").file()).isEqualTo("kept");
        }
    }

    @Test
    void oneThatNobodyComesBackForIsRemovedAfterItsLifetime() {
        try (SessionFixture after = new SessionFixture(directory)) {
            after.pass(Duration.ofHours(9));
            assertThat(after.sessions.kept("stopped")).isEmpty();
        }
        Leftovers.remove(directory, SessionFixture.BEGIN.plus(Duration.ofHours(9)));
        await().until(() -> Files.notExists(directory.resolve("stopped")));
        assertThat(directory).isEmptyDirectory();
    }
}
