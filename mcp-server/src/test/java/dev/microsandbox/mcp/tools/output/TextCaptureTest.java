package dev.microsandbox.mcp.tools.output;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class TextCaptureTest {

    @Property
    void decodesTheSameWhereverTheBytesAreCut(
            @ForAll byte[] bytes, @ForAll @IntRange(min = 1, max = 5) int step) {
        TextCapture inSteps = new TextCapture(10_000);
        for (int i = 0; i < bytes.length; i += step) {
            inSteps.append(Arrays.copyOfRange(bytes, i, Math.min(i + step, bytes.length)));
        }
        assertThat(inSteps.finish()).isEqualTo(TextCapture.of(bytes, 10_000));
    }

    @Property
    void neverKeepsMoreThanItsLimit(
            @ForAll byte[] bytes, @ForAll @IntRange(min = 5, max = 40) int limit) {
        CapturedText text = TextCapture.of(bytes, limit);
        assertThat((text.head() + text.tail()).getBytes(UTF_8).length).isLessThanOrEqualTo(limit);
    }

    @Test
    void replacesInvalidBytesAndAnUnfinishedCharacter() {
        byte[] bytes = {'a', (byte) 0xFF, 'b', (byte) 0xE2, (byte) 0x82};
        assertThat(TextCapture.of(bytes, 100).shown("")).isEqualTo("a\uFFFDb\uFFFD");
    }

    @Test
    void namesWhatWasLeftOutAndWhereToFindIt() {
        String lines = "line\n".repeat(100);
        assertThat(TextCapture.of(lines.getBytes(UTF_8), 50).shown("/var/log/1.log"))
                .isEqualTo(
                        "line\n".repeat(4)
                                + "[… 450 bytes, 90 lines omitted; all of it: /var/log/1.log …]\n"
                                + "line\n".repeat(6));
    }

    @Test
    void aHundredMegabytesInOneLineAreNoBurden() {
        TextCapture capture = new TextCapture(TextCapture.DEFAULT_LIMIT);
        byte[] piece = "x".repeat(100_000).getBytes(UTF_8);
        for (int i = 0; i < 1000; i++) {
            capture.append(piece);
        }
        CapturedText text = capture.finish();
        assertThat(text.head().length() + text.tail().length())
                .isEqualTo(TextCapture.DEFAULT_LIMIT);
        assertThat(text.omittedBytes()).isEqualTo(100_000_000 - TextCapture.DEFAULT_LIMIT);
    }
}
