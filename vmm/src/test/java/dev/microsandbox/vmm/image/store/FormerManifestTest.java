package dev.microsandbox.vmm.image.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.FormerRelease;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Manifests of the former release. */
class FormerManifestTest {

    @Test
    void aManifestIsReadAndWrittenAsItWas() throws IOException {
        byte[] former = Files.readAllBytes(FormerRelease.file("asset-manifest"));
        Manifest expected =
                new Manifest(
                        "ab".repeat(32),
                        "linux-source-6.1 6.1.176-1",
                        "cd".repeat(32),
                        new FileStamp(
                                19_198_872, Instant.parse("2026-01-02T03:04:05.678901234Z"), 42),
                        Instant.parse("2026-01-02T03:04:06Z"));
        assertThat(Manifest.decode(former)).isEqualTo(expected);
        assertThat(expected.encode()).isEqualTo(former);
    }
}
