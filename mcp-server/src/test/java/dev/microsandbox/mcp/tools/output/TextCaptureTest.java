package dev.microsandbox.mcp.tools.output;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.microsandbox.mcp.SeededCases;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class TextCaptureTest {

    @Test
    void decodesTheSameWhereverTheBytesAreCut() {
        SeededCases.check(1000, values -> assertSameInSteps(bytes(values), values.between(1, 5)));
    }

    @Test
    void neverKeepsMoreThanItsLimit() {
        SeededCases.check(1000, values -> assertKept(bytes(values), values.between(5, 40)));
    }

    /** The first byte determines how the output is split, the second how much of it is kept. */
    @FuzzTest
    void anyOutputIsCapturedWithinItsLimit(byte[] input) {
        if (input.length > 2) {
            byte[] bytes = Arrays.copyOfRange(input, 2, input.length);
            assertSameInSteps(bytes, 1 + (input[0] & 0xff) % 5);
            assertKept(bytes, 5 + (input[1] & 0xff) % 36);
        }
    }

    /** Arbitrary bytes, or the bytes of characters of one to four bytes. */
    private static byte[] bytes(SeededCases.Values values) {
        return values.random().nextBoolean()
                ? values.bytes(255)
                : values.text("ab\n\räé€😀\u001B[2K", 80).getBytes(UTF_8);
    }

    private static void assertSameInSteps(byte[] bytes, int step) {
        TextCapture inSteps = new TextCapture(10_000);
        for (int i = 0; i < bytes.length; i += step) {
            inSteps.append(Arrays.copyOfRange(bytes, i, Math.min(i + step, bytes.length)));
        }
        assertThat(inSteps.finish()).isEqualTo(TextCapture.of(bytes, 10_000));
    }

    private static void assertKept(byte[] bytes, int limit) {
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
