package dev.microsandbox.mcp.session.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.FormerRelease;
import dev.microsandbox.mcp.life.SessionClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Suspended sessions and checkpoints of the former release. */
class FormerSessionTest {

    private static final SessionFile SESSION =
            new SessionFile(
                    new SessionClient(
                            "team",
                            "key-1",
                            Map.of("clientInfo", Map.of("name", "ein Kunde – naïf"))),
                    Instant.parse("2026-01-02T03:04:05.678901234Z"),
                    3,
                    List.of(
                            new SessionFile.SuspendedComputer(
                                    "",
                                    Instant.EPOCH,
                                    Instant.parse("2026-01-02T03:00:00Z"),
                                    List.of("m1", "m2")),
                            new SessionFile.SuspendedComputer(
                                    "f2",
                                    Instant.EPOCH,
                                    Instant.parse("2026-01-02T03:01:00Z"),
                                    List.of("m3"))),
                    List.of(new SessionFile.LostComputer("f1", "died (out of memory)")));

    @TempDir private Path directory;

    @Test
    void aSessionIsRead() throws IOException {
        Path former = FormerRelease.file("session");
        assertThat(SessionFile.read(former)).isEqualTo(SESSION);
        SESSION.write(directory.resolve("session"));
        assertThat(SessionFile.read(directory.resolve("session"))).isEqualTo(SESSION);
    }

    @Test
    void aCheckpointIsReadAndWrittenAsItWas() throws IOException {
        Path former = FormerRelease.file("checkpoint");
        Files.copy(former, directory.resolve("checkpoint"));
        Checkpoint expected =
                new Checkpoint(
                        "c1",
                        "before the update",
                        "f2",
                        Instant.parse("2026-01-02T03:04:05Z"),
                        123_456_789,
                        List.of("m1", "m2"));
        assertThat(CheckpointFile.read(directory, "c1")).isEqualTo(expected);
        CheckpointFile.write(directory, expected);
        assertThat(directory.resolve("checkpoint")).hasSameBinaryContentAs(former);
    }

    /**
     * Files that a killed server of the former release was writing are removed; files that it had
     * written stay.
     */
    @Test
    void whatItWasWritingIsSwept() throws IOException {
        Path session = Files.createDirectories(directory.resolve("a/suspended/main"));
        Path place = directory.resolve("a");
        Files.createDirectories(place.resolve("suspended/f2"));
        Files.createFile(place.resolve("lock"));
        Files.copy(FormerRelease.file("session"), place.resolve("session"));
        Path former = Files.createFile(place.resolve("new1234.tmp"));
        Path now = Files.createFile(place.resolve(".session.0123456789abcdef.new"));
        Leftovers.remove(directory, Instant.EPOCH);
        assertThat(former).doesNotExist();
        assertThat(now).doesNotExist();
        assertThat(session).isDirectory();
        assertThat(SessionFile.read(place.resolve("session"))).isEqualTo(SESSION);
    }
}
