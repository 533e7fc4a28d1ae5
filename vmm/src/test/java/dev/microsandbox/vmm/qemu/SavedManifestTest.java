package dev.microsandbox.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.microsandbox.vmm.qemu.SavedManifest.Contents;
import dev.microsandbox.vmm.storage.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SavedManifestTest {

    private static final SavedManifest MANIFEST =
            new SavedManifest(
                    Contents.CHECKPOINT,
                    "QEMU emulator version 7.2.22",
                    "ab".repeat(32),
                    "cd".repeat(32),
                    "ef".repeat(32),
                    2,
                    512L << 20,
                    Map.of("memory", "01".repeat(32)));

    @TempDir private static Path directory;

    @Test
    void comesBackAsItWas() throws IOException {
        assertThat(read(MANIFEST.encode())).isEqualTo(MANIFEST);
    }

    /** Any changed byte is detected. */
    @Test
    void damageIsRefused() {
        byte[] whole = MANIFEST.encode();
        for (int at = 0; at < whole.length; at += 7) {
            byte[] damaged = whole.clone();
            damaged[at] ^= 1;
            assertThatIOException().isThrownBy(() -> read(damaged));
        }
    }

    /** The bytes are read as they are, and with a valid hash. */
    @FuzzTest
    void anyFileIsReadOrRefused(byte[] bytes) {
        assertReadOrRefused(bytes);
        String text = new String(bytes, StandardCharsets.UTF_8);
        String hash = Sha256.of(text.getBytes(StandardCharsets.UTF_8));
        assertReadOrRefused((text + "all=" + hash + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private static void assertReadOrRefused(byte[] bytes) {
        try {
            assertThat(read(bytes).contents()).isEqualTo(Contents.CHECKPOINT);
        } catch (IOException e) {
            assertThat(e.getMessage()).startsWith("it");
        }
    }

    private static SavedManifest read(byte[] bytes) throws IOException {
        return SavedManifest.read(
                Contents.CHECKPOINT, Files.write(directory.resolve("state"), bytes));
    }
}
