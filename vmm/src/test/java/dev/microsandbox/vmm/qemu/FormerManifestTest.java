package dev.microsandbox.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.FormerRelease;
import dev.microsandbox.vmm.qemu.SavedManifest.Contents;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Machines in QEMU that the former release saved. */
class FormerManifestTest {

    private static final String QEMU =
            "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)";

    @Test
    void aTemplatesManifestIsReadAndWrittenAsItWas() throws IOException {
        assertSame(
                "qemu-template-manifest",
                new SavedManifest(
                        Contents.TEMPLATE,
                        QEMU,
                        "0a".repeat(32),
                        "k1".repeat(32),
                        "r1".repeat(32),
                        2,
                        512L << 20,
                        Map.of("memory", "11".repeat(32), "state", "22".repeat(32))));
    }

    @Test
    void aCheckpointsManifestIsReadAndWrittenAsItWas() throws IOException {
        assertSame(
                "qemu-checkpoint-state",
                new SavedManifest(
                        Contents.CHECKPOINT,
                        QEMU,
                        "0b".repeat(32),
                        "k1".repeat(32),
                        "r1".repeat(32),
                        1,
                        256L << 20,
                        Map.of("memory", "33".repeat(32))));
    }

    private static void assertSame(String name, SavedManifest expected) throws IOException {
        Path file = FormerRelease.file(name);
        assertThat(SavedManifest.isOf(expected.contents(), file)).isTrue();
        assertThat(SavedManifest.read(expected.contents(), file)).isEqualTo(expected);
        assertThat(file).hasBinaryContent(expected.encode());
    }
}
