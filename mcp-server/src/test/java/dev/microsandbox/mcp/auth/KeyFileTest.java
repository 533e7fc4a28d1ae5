package dev.microsandbox.mcp.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyFileTest {

    private static final String ID = "abcdefgh";

    @TempDir private static Path directory;

    @Test
    void comesBackAsItWas() throws IOException {
        ApiKey key = new ApiKey(ID, "team", Instant.EPOCH, Instant.MAX, null);
        new KeyFile(key, new byte[] {1, 2, 3}).write(directory);
        KeyFile read = KeyFile.read(directory, ID);
        assertThat(read.key()).isEqualTo(key);
        assertThat(read.sha256()).containsExactly(1, 2, 3);
    }

    @FuzzTest
    void anyFileIsAKeysOrRefused(byte[] bytes) throws IOException {
        assertReadOrRefused(bytes);
    }

    private static void assertReadOrRefused(byte[] bytes) throws IOException {
        Files.write(directory.resolve(ID + KeyFile.SUFFIX), bytes);
        KeyFile read;
        try {
            read = KeyFile.read(directory, ID);
        } catch (IOException e) {
            assertThat(e.getMessage()).endsWith("create a new key for its user.");
            return;
        }
        assertThat(read.key().namespace()).matches("[a-z0-9][a-z0-9_-]{0,62}");
    }
}
