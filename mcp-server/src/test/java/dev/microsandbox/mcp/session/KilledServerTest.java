package dev.microsandbox.mcp.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.mcp.session.disk.Leftovers;
import dev.microsandbox.mcp.session.limits.SessionException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the next server can resume after a server was killed. */
@Timeout(120)
class KilledServerTest {

    private static final String LOST =
            "The sandbox was lost because the server ended unexpectedly; a new one was started."
                    + " Earlier variables, files and processes are gone.";

    @TempDir Path directory;

    /** A server that the test kills: it reaches a point, reports it, and waits. */
    static final class Victim {

        private Victim() {}

        public static void main(String[] arguments) throws Exception {
            SessionFixture fixture = new SessionFixture(Path.of(arguments[0]));
            FakeSandbox sandbox = fixture.call("a");
            sandbox.content.put("file", "kept".getBytes(UTF_8));
            switch (arguments[1]) {
                case "awake" -> fixture.fork("a");
                case "asleep" -> {
                    fixture.fork("a");
                    suspend(fixture);
                    fixture.call("a", "f1");
                    // The session lives, and checking that must not release its lock.
                    assertThat(fixture.sessions.kept("a")).isEmpty();
                    Leftovers.remove(Path.of(arguments[0]), SessionFixture.BEGIN);
                }
                case "woken" -> {
                    suspend(fixture);
                    fixture.call("a").content.put("file", "later".getBytes(UTF_8));
                }
                case "waking" -> {
                    suspend(fixture);
                    fixture.factory.prepare(_ -> sayAndWait());
                    fixture.call("a");
                }
                case "notWoken" -> {
                    suspend(fixture);
                    fixture.factory.failWith("no memory");
                    assertThatThrownBy(() -> fixture.call("a")).hasMessage("no memory");
                }
                case "putBack" -> {
                    fixture.checkpoint("a", "whole");
                    sandbox.content.put("file", "later".getBytes(UTF_8));
                    suspend(fixture);
                    fixture.restore("a", "whole");
                }
                case "asleepAndNew" -> {
                    fixture.fork("a");
                    sandbox.die();
                    suspend(fixture);
                    fixture.call("a");
                }
                case "ended" -> {
                    fixture.checkpoint("a", "whole");
                    suspend(fixture);
                    fixture.call("a").holdClose();
                    fixture.start(() -> fixture.sessions.end("a"));
                    await().until(() -> !Files.exists(Path.of(arguments[0], "a/session")));
                }
                default -> beginToWrite(fixture, sandbox, arguments[1]);
            }
            sayAndWait();
        }

        private static void suspend(SessionFixture fixture) {
            fixture.pass(SessionFixture.IDLE);
            fixture.sessions.sweep();
            await().until(() -> fixture.sessions.sandboxes() == 0);
        }

        private static void beginToWrite(SessionFixture fixture, FakeSandbox sandbox, String what)
                throws InterruptedException {
            fixture.checkpoint("a", "whole");
            sandbox.content.put("half", new byte[1000]);
            sandbox.onceWritten(Victim::sayAndWait);
            switch (what) {
                case "checkpoint" -> fixture.checkpoint("a", "half");
                case "fork" -> fixture.fork("a");
                case "stop" -> fixture.sessions.keep("a", SessionFixture.client("note of a"));
                case "suspension" -> suspend(fixture);
                default -> throw new IllegalArgumentException(what);
            }
        }

        private static void sayAndWait() {
            System.out.println("there");
            try {
                Thread.sleep(60_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private interface Meanwhile {
        void look() throws IOException;
    }

    private void kill(String when) throws Exception {
        kill(when, () -> {});
    }

    private void kill(String when, Meanwhile meanwhile) throws Exception {
        Path log = Files.createTempFile("victim", ".log");
        Process victim =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Victim.class.getName(),
                                directory.toString(),
                                when)
                        .redirectError(log.toFile())
                        .start();
        try (BufferedReader said = victim.inputReader()) {
            assertThat(said.lines().filter("there"::equals).findFirst())
                    .as(Files.readString(log))
                    .isPresent();
            meanwhile.look();
        } finally {
            victim.destroyForcibly().waitFor();
        }
        Files.delete(log);
    }

    private List<String> in(String place) throws IOException {
        Path inside = directory.resolve(place);
        if (!Files.exists(inside)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(inside)) {
            return all.map(each -> each.getFileName().toString()).toList();
        }
    }

    private static String file(FakeSandbox sandbox) {
        byte[] content = sandbox.content.get("file");
        return content == null ? "" : new String(content, UTF_8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"checkpoint", "fork", "suspension", "stop"})
    void whatWasHalfWrittenIsNotOfferedAndDoesNotStay(String during) throws Exception {
        kill(during);
        try (SessionFixture after = new SessionFixture(directory)) {
            assertThat(after.sessions.kept("a")).contains(SessionFixture.client("note of a"));
            await().until(() -> in("a/checkpoints").equals(List.of("c1")));
            await().until(() -> in("a/suspended").isEmpty());
            await().until(() -> !Files.exists(directory.resolve("a/forks")));
            assertThat(after.notice("a"))
                    .isEqualTo(LOST + " The tool restore brings back checkpoint c1 (whole).");
            after.restore("a", "whole");
            assertThat(after.call("a").content).containsOnlyKeys("file");
            assertThat(file(after.call("a"))).isEqualTo("kept");
            assertThat(after.fork("a")).isEqualTo("f1");
        }
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void whatSleptGoesOnAndWhatRanIsSaidToBeLost() throws Exception {
        kill(
                "asleep",
                () -> {
                    try (SessionFixture other = new SessionFixture(directory)) {
                        assertThat(other.sessions.kept("a")).isEmpty();
                    }
                });
        try (SessionFixture after = new SessionFixture(directory)) {
            after.pass(SessionFixture.IDLE.multipliedBy(2));
            assertThat(after.sessions.kept("a")).contains(SessionFixture.client("note of a"));
            assertThatThrownBy(() -> after.call("a", "f1"))
                    .isInstanceOf(SessionException.class)
                    .hasMessageStartingWith(
                            "Computer f1 was lost because the server ended unexpectedly;");
            assertThat(after.notice("a")).startsWith("The computer was suspended for 15 min");
            assertThat(file(after.call("a"))).isEqualTo("kept");
            assertThat(after.fork("a")).isEqualTo("f2");
        }
    }

    @Test
    void itWaitsOverFurtherStartsAndKills() throws Exception {
        kill("asleep");
        try (SessionFixture unused = new SessionFixture(directory)) {
            assertThat(unused.sessions.kept("a")).isPresent();
        }
        try (SessionFixture after = new SessionFixture(directory)) {
            assertThat(file(after.call("a"))).isEqualTo("kept");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"woken", "waking"})
    void whatWasWokenIsNeverOfferedAgain(String when) throws Exception {
        kill(when);
        assertThat(in("a/suspended")).hasSize(when.equals("waking") ? 1 : 0);
        try (SessionFixture after = new SessionFixture(directory)) {
            assertThat(after.notice("a")).isEqualTo(LOST);
            assertThat(after.call("a").content).isEmpty();
            assertThat(in("a/suspended")).isEmpty();
        }
    }

    @Test
    void whatDidNotWakeIsOfferedStill() throws Exception {
        kill("notWoken");
        try (SessionFixture after = new SessionFixture(directory)) {
            assertThat(after.notice("a")).startsWith("The computer was suspended");
            assertThat(file(after.call("a"))).isEqualTo("kept");
        }
    }

    @Test
    void whatWasPutBackInsteadOfWokenIsNeverOfferedAgain() throws Exception {
        kill("putBack");
        try (SessionFixture after = new SessionFixture(directory)) {
            assertThat(after.notice("a"))
                    .isEqualTo(LOST + " The tool restore brings back checkpoint c1 (whole).");
            assertThat(after.call("a").content).isEmpty();
            after.restore("a", "");
            assertThat(file(after.call("a"))).isEqualTo("kept");
        }
    }

    @Test
    void aSandboxThatBeganLaterIsSaidToBeLostToo() throws Exception {
        kill("asleepAndNew");
        try (SessionFixture after = new SessionFixture(directory)) {
            assertThat(after.notice("a")).isEqualTo(LOST);
            assertThat(file(after.call("a", "f1"))).isEqualTo("kept");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"awake", "ended"})
    void aSessionThatHadNothingOrHadEndedDoesNotGoOn(String when) throws Exception {
        kill(when);
        assertThat(in("")).containsExactly("a");
        try (SessionFixture after = new SessionFixture(directory)) {
            assertThat(after.sessions.kept("a")).isEmpty();
            await().until(() -> in("").isEmpty());
            assertThat(after.notice("a")).isEmpty();
            assertThat(after.session("a").checkpoints().checkpoints()).isEmpty();
        }
    }

    @Test
    void nobodyComesBackForEver() throws Exception {
        kill("asleep");
        Leftovers.remove(
                directory, SessionFixture.BEGIN.plus(SessionFixture.LIFETIME).minusSeconds(1));
        assertThat(in("a/suspended")).containsExactly("main");
        Leftovers.remove(
                directory, SessionFixture.BEGIN.plus(SessionFixture.LIFETIME).plusSeconds(1));
        assertThat(directory).isEmptyDirectory();
    }
}
