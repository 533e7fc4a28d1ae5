package dev.microsandbox.mcp.tools.search;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class NewestFilesTest {

    @FuzzTest
    void anyOutputIsTaken(byte[] bytes) {
        NewestFiles files = new NewestFiles(2);
        files.stdout(bytes);
        assertThat(files.files()).hasSizeLessThanOrEqualTo((int) Math.min(2, files.count()));
        assertThat(files.files()).allMatch(file -> file.size() >= 0);
    }

    @Test
    void keepsTheNewestAndCountsAll() {
        NewestFiles files = new NewestFiles(2);
        files.stdout(
                ("100.000000000 1 ./old\0" + "300.000000002 22 ./new line\n\u00FF\0" + "300.00000")
                        .getBytes(ISO_8859_1));
        files.stdout("0001 3 ./a b\0-5.000000000 4 ./before 1970\0".getBytes(ISO_8859_1));
        assertThat(files.count()).isEqualTo(4);
        assertThat(files.files())
                .containsExactly(
                        new NewestFiles.DatedFile(
                                "new line\n\uDCFF", 22, Instant.ofEpochSecond(300, 2)),
                        new NewestFiles.DatedFile("a b", 3, Instant.ofEpochSecond(300, 1)));
    }

    @Test
    void nonsenseIsNoFile() {
        NewestFiles files = new NewestFiles(2);
        files.stdout("x\0\0 1 2 3\0100 1 a\0".getBytes(ISO_8859_1));
        files.stdout(new byte[100_000]);
        files.stdout("9".repeat(100_000).getBytes(ISO_8859_1));
        assertThat(files.count()).isZero();
    }
}
