package dev.microsandbox.mcp.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Changes to keys survive a loss of power: a revoked key does not become valid again. */
@Timeout(60)
class StoredKeysTest {

    @TempDir private Path home;

    private interface Work {
        void run() throws Exception;
    }

    /**
     * The files that are forced to disk during an action, from the JDK's flight recorder events.
     */
    private List<Path> forced(Work work) throws Exception {
        Path file = home.resolve("recording.jfr");
        try (Recording recording = new Recording()) {
            recording.enable("jdk.FileForce").withThreshold(Duration.ZERO).withoutStackTrace();
            recording.start();
            work.run();
            recording.stop();
            recording.dump(file);
        }
        List<Path> forced =
                RecordingFile.readAllEvents(file).stream()
                        .map(event -> Path.of(event.getString("path")))
                        .toList();
        Files.delete(file);
        return forced;
    }

    @Test
    void theirDirectoryIsWrittenThrough() throws Exception {
        Path directory = home.resolve("keys");
        ApiKeys keys = new ApiKeys(directory);
        assertThat(forced(() -> keys.create("team", null))).contains(home, directory);
        String id = keys.list().getFirst().id();
        assertThat(forced(() -> keys.revoke(id))).hasSize(2).contains(directory);
    }
}
