package dev.microsandbox.mcp.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
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

        SessionDirectory.removeLeftovers(sessions, java.time.Instant.EPOCH);

        assertThat(sessions.resolve("left")).doesNotExist();
        assertThat(sessions.resolve("living/checkpoints")).isDirectory();
        assertThat(foreign).isDirectory();
        assertThat(outside).exists();
        Files.delete(outside);
        living.remove();
    }

    @Test
    void theLockIsRemovedLast() throws Exception {
        SessionDirectory session = new SessionDirectory(sessions, "a");
        for (Path part :
                new Path[] {session.checkpoints(), session.suspended(""), session.scratch("f1")}) {
            session.make(part);
        }
        try (WatchService watch = sessions.getFileSystem().newWatchService()) {
            sessions.resolve("a").register(watch, StandardWatchEventKinds.ENTRY_DELETE);
            session.remove();
            List<String> removed = new ArrayList<>();
            while (removed.size() < 4) {
                WatchKey key = watch.take();
                key.pollEvents().forEach(event -> removed.add(String.valueOf(event.context())));
                key.reset();
            }
            assertThat(removed).last().isEqualTo("lock");
        }
        assertThat(sessions).isEmptyDirectory();
    }
}
