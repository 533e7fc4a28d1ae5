package dev.microsandbox.mcp.session.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.microsandbox.mcp.session.SessionFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Damaged files are detected. */
@Timeout(60)
class DamagedFilesTest {

    @TempDir Path directory;

    @Test
    void aCheckpointsFileWithAnyWrongByteIsRefused() throws Exception {
        Path place = Files.createDirectories(directory.resolve("c2"));
        CheckpointFile.write(
                place, new Checkpoint("c2", "second", "", Instant.EPOCH, 4, List.of("machine")));
        EachByteChanged.check(
                place.resolve("checkpoint"),
                () ->
                        assertThatIOException()
                                .isThrownBy(() -> CheckpointFile.read(place, "c2"))
                                .withMessage("checkpoint is damaged"));
        assertThat(CheckpointFile.read(place, "c2").label()).isEqualTo("second");
    }

    @Test
    void anIdThatIsNoneNamesNoFile() throws IOException {
        Path file = directory.resolve("session");
        for (String id : List.of("../../x", "/etc", "f", "f1/..", "main")) {
            new SessionFile(
                            SessionFixture.client(""),
                            Instant.EPOCH,
                            1,
                            List.of(
                                    new SessionFile.SuspendedComputer(
                                            id, Instant.EPOCH, Instant.EPOCH, List.of("m"))),
                            List.of())
                    .write(file);
            assertThatIOException()
                    .isThrownBy(() -> SessionFile.read(file))
                    .withMessage("session is damaged");
        }
    }

    @Test
    void aFileThatIsTooLongIsNeitherWrittenNorRead() throws IOException {
        Path file = directory.resolve("session");
        assertThatIOException()
                .isThrownBy(() -> SealedFile.write(file, Map.of("x", "y".repeat(1 << 20))))
                .withMessage("session would be too long");
        assertThat(file).doesNotExist();
        Files.writeString(file, "y".repeat((1 << 20) + 1));
        assertThatIOException()
                .isThrownBy(() -> SealedFile.read(file))
                .withMessage("session is damaged");
    }
}
