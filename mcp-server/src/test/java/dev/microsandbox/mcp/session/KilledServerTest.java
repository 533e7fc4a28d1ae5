package dev.microsandbox.mcp.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a server that is killed in the midst of writing leaves to the next one. */
@Timeout(120)
class KilledServerTest {

    @TempDir Path directory;

    /** A server that is to be killed: writes half of a state, says so, and waits. */
    static final class Victim {

        private Victim() {}

        public static void main(String[] arguments) throws Exception {
            SessionFixture fixture = new SessionFixture(Path.of(arguments[0]));
            FakeSandbox sandbox = fixture.call("a");
            fixture.checkpoint("a", "whole");
            sandbox.content.put("half", new byte[1000]);
            sandbox.onceWritten(Victim::sayAndWait);
            switch (arguments[1]) {
                case "checkpoint" -> fixture.checkpoint("a", "half");
                case "fork" -> fixture.fork("a");
                case "stop" -> fixture.sessions.keep("a", "note");
                case "suspension" -> {
                    fixture.pass(SessionFixture.IDLE);
                    fixture.sessions.sweep();
                    Thread.sleep(60_000);
                }
                default -> throw new IllegalArgumentException(arguments[1]);
            }
        }

        private static void sayAndWait() {
            System.out.println("half");
            try {
                Thread.sleep(60_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"checkpoint", "fork", "suspension", "stop"})
    void nothingOfItIsOfferedAndNothingStays(String during) throws Exception {
        Path log = Files.createTempFile("victim", ".log");
        Process victim =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Victim.class.getName(),
                                directory.toString(),
                                during)
                        .redirectError(log.toFile())
                        .start();
        try (BufferedReader said = victim.inputReader()) {
            assertThat(said.lines().filter("half"::equals).findFirst())
                    .as(Files.readString(log))
                    .isPresent();
        } finally {
            victim.destroyForcibly().waitFor();
        }
        assertThat(all()).contains(directory.resolve("a/checkpoints/c1/checkpoint"));

        try (SessionFixture after = new SessionFixture(directory)) {
            assertThat(after.sessions.kept("a")).isEmpty();
            await().until(() -> all().equals(List.of(directory)));
            assertThat(after.notice("a")).isEmpty();
            assertThat(after.session("a").checkpoints().checkpoints()).isEmpty();
        }
        Files.delete(log);
    }

    private List<Path> all() throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.toList();
        }
    }
}
