package dev.microsandbox.vmm.image.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestTest {

    private static final Manifest MANIFEST =
            new Manifest(
                    "ab".repeat(32),
                    "linux-source-6.1 6.1.176-1",
                    "cd".repeat(32),
                    new FileStamp(19_198_872, Instant.parse("2026-01-02T03:04:05.678901234Z"), 42),
                    Instant.parse("2026-01-02T03:04:06Z"));

    /** A manifest that can be read is the same after writing and reading it again. */
    @FuzzTest
    void anyBytesAreAManifestOrNone(byte[] bytes) {
        Manifest read = Manifest.decode(bytes);
        if (read != null) {
            assertThat(Manifest.decode(read.encode())).isEqualTo(read);
        }
    }

    @Test
    void comesBackAsItWas() {
        assertThat(Manifest.decode(MANIFEST.encode())).isEqualTo(MANIFEST);
        assertThat(MANIFEST.encode()).hasSizeLessThan(Manifest.MAX_BYTES);
    }

    @Test
    void toleratesWhatALaterVersionAdds() {
        String text = new String(MANIFEST.encode(), StandardCharsets.UTF_8) + "later=1\n";
        assertThat(Manifest.decode(text.getBytes(StandardCharsets.UTF_8))).isEqualTo(MANIFEST);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "inputs=", "size=", "modified=", "inode=", "built="})
    void isNoneWhereAFieldIsMissingOrDamaged(String field) {
        String text = new String(MANIFEST.encode(), StandardCharsets.UTF_8);
        String damaged =
                field.isEmpty()
                        ? text.substring(0, 20)
                        : text.replaceFirst("(?m)^" + field + ".*$", "x" + field + "?");
        assertThat(Manifest.decode(damaged.getBytes(StandardCharsets.UTF_8))).isNull();
    }
}
