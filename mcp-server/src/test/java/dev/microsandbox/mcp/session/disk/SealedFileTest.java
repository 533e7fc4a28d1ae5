package dev.microsandbox.mcp.session.disk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.microsandbox.mcp.life.SessionClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged records of sessions and checkpoints are refused. */
class SealedFileTest {

    private static final SessionFile SESSION =
            new SessionFile(
                    new SessionClient("team", null, Map.of("clientInfo", List.of(1, "x"))),
                    Instant.EPOCH,
                    2,
                    List.of(
                            new SessionFile.SuspendedComputer(
                                    "f1", Instant.EPOCH, Instant.MAX, List.of("m", "n"))),
                    List.of(new SessionFile.LostComputer("", "was lost.")));

    @TempDir private static Path directory;

    @Test
    void damageIsRefused() throws IOException {
        Path file = directory.resolve("session");
        SESSION.write(file);
        assertThat(SessionFile.read(file)).isEqualTo(SESSION);
        byte[] whole = Files.readAllBytes(file);
        for (int at = 0; at < whole.length; at += 7) {
            byte[] damaged = whole.clone();
            damaged[at] ^= 1;
            Files.write(file, damaged);
            assertThatIOException().isThrownBy(() -> SessionFile.read(file));
        }
    }

    /** A file with a valid seal but invalid fields. */
    @FuzzTest
    void anyFieldsAreASessionOrRefused(byte[] json) throws IOException {
        Path file = Files.write(directory.resolve("session"), sealed(json));
        try {
            SessionFile read = SessionFile.read(file);
            assertThat(read.suspended())
                    .allMatch(each -> each.computer().matches("(f[0-9]{1,9})?"));
            assertThat(read.suspended())
                    .allMatch(each -> each.lineage().stream().allMatch(Objects::nonNull));
            assertThat(read.lost()).allMatch(each -> each.computer().matches("(f[0-9]{1,9})?"));
        } catch (IOException e) {
            assertThat(e.getMessage()).isEqualTo("session is damaged");
        }
    }

    @FuzzTest
    void anyFieldsAreACheckpointOrRefused(byte[] json) throws IOException {
        Files.write(directory.resolve("checkpoint"), sealed(json));
        try {
            assertThat(CheckpointFile.read(directory, "c1").machine()).isNotNull();
        } catch (IOException e) {
            assertThat(e.getMessage()).isEqualTo("checkpoint is damaged");
        }
    }

    @FuzzTest
    void anyFileIsReadOrRefused(byte[] bytes) throws IOException {
        Path file = Files.write(directory.resolve("sealed"), bytes);
        try {
            assertThat(SealedFile.read(file)).isNotNull();
        } catch (IOException e) {
            assertThat(e.getMessage()).isEqualTo("sealed is damaged");
        }
    }

    private static byte[] sealed(byte[] json) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(json);
            byte[] seal = (HexFormat.of().formatHex(digest) + '\n').getBytes(UTF_8);
            byte[] all = new byte[json.length + seal.length];
            System.arraycopy(json, 0, all, 0, json.length);
            System.arraycopy(seal, 0, all, json.length, seal.length);
            return all;
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
