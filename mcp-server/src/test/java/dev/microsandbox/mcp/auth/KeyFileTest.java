package dev.microsandbox.mcp.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.microsandbox.mcp.SeededCases;
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

    @Test
    void damageIsReadOrRefused() throws IOException {
        new KeyFile(new ApiKey(ID, "team", Instant.EPOCH, null, Instant.EPOCH), new byte[32])
                .write(directory);
        byte[] whole = Files.readAllBytes(directory.resolve(ID + KeyFile.SUFFIX));
        SeededCases.check(
                1000,
                values -> {
                    byte[] damaged = whole.clone();
                    for (int left = values.between(1, 4); left > 0; left--) {
                        damaged[values.between(0, whole.length - 1)] =
                                (byte) values.between(0, 255);
                    }
                    assertReadOrRefused(damaged);
                });
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
