package dev.microsandbox.mcp.session.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microsandbox.mcp.session.SessionFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class SessionDirectoryTest {

    @TempDir Path sessions;

    @Test
    void isThereOnlyWhenItIsNeeded() throws IOException {
        SessionDirectory directory = new SessionDirectory(sessions, "a-1_B");
        assertThat(sessions).isEmptyDirectory();
        directory.make(directory.checkpoints());
        assertThat(sessions.resolve("a-1_B/checkpoints")).isDirectory();
        directory.remove();
        assertThat(sessions).isEmptyDirectory();
        assertThatIOException()
                .isThrownBy(() -> directory.make(directory.checkpoints()))
                .withMessageContaining("ended");
    }

    @Test
    void neverLeavesItsPlace() {
        for (String id : new String[] {"", "..", "a/b", "/etc", "a\0b", "x".repeat(129)}) {
            assertThatThrownBy(() -> new SessionDirectory(sessions, id))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void removesWhatIsLeftOverAndNothingElse() throws IOException {
        SessionDirectory living = new SessionDirectory(sessions, "living");
        living.make(living.checkpoints());
        Path left = Files.createDirectories(sessions.resolve("left/checkpoints/c1"));
        Files.writeString(left.resolve("memory"), "old");
        Files.createFile(sessions.resolve("left/lock"));
        Path outside = Files.createFile(sessions.resolveSibling("outside-" + sessions.hashCode()));
        Files.createSymbolicLink(left.resolve("link"), outside);
        Path foreign = Files.createDirectories(sessions.resolve("no-session/x"));

        Leftovers.remove(sessions, Instant.EPOCH);

        assertThat(sessions.resolve("left")).doesNotExist();
        assertThat(sessions.resolve("living/checkpoints")).isDirectory();
        assertThat(foreign).isDirectory();
        assertThat(outside).exists();
        Files.delete(outside);
        living.remove();
    }

    @Test
    void aCheckpointsFileIsRemovedFirst() throws Exception {
        Path place = Files.createDirectories(sessions.resolve("c1"));
        Files.createDirectory(place.resolve("a"));
        CheckpointFile.write(
                place, new Checkpoint("c1", "", "", Instant.EPOCH, 0, List.of("machine")));
        Files.createDirectory(place.resolve("state"));
        assertThat(removed(place, 3, () -> CheckpointFile.discard(place)))
                .first()
                .isEqualTo("checkpoint");
        assertThat(sessions).isEmptyDirectory();
    }

    /** The names in a directory in the order in which they are removed. */
    private static List<String> removed(Path directory, int number, Runnable removal)
            throws Exception {
        try (WatchService watch = directory.getFileSystem().newWatchService()) {
            directory.register(watch, StandardWatchEventKinds.ENTRY_DELETE);
            removal.run();
            List<String> removed = new ArrayList<>();
            while (removed.size() < number) {
                WatchKey key = watch.take();
                key.pollEvents().forEach(event -> removed.add(String.valueOf(event.context())));
                key.reset();
            }
            return removed;
        }
    }

    @Test
    void theRecordIsRemovedFirstAndTheLockLast() throws Exception {
        SessionDirectory session = new SessionDirectory(sessions, "a");
        for (Path part :
                new Path[] {
                    session.checkpoints(), session.prepareSuspension(""), session.prepareFork("f1")
                }) {
            session.make(part);
        }
        session.record(
                new SessionFile(SessionFixture.client(""), Instant.EPOCH, 0, List.of(), List.of()));
        List<String> removed = removed(sessions.resolve("a"), 5, session::remove);
        assertThat(removed).first().isEqualTo("session");
        assertThat(removed).last().isEqualTo("lock");
        assertThat(sessions).isEmptyDirectory();
    }
}
