package dev.microsandbox.mcp.tools.code;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.microsandbox.mcp.SeededCases;
import dev.microsandbox.mcp.tools.output.TextCapture;
import dev.microsandbox.vmm.MimeBundle;
import dev.microsandbox.vmm.MimeBundle.Representation;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whatever a guest displays, it becomes text without control characters. */
class RenditionTest {

    private static final List<String> TYPES =
            List.of(
                    "text/plain",
                    "text/html",
                    "image/png",
                    "image/svg+xml",
                    "text/markdown",
                    "text/latex",
                    "application/json",
                    "image/jpeg",
                    "x/\u001B[31my");

    /** Each representation is a type byte, a length byte, and the content. */
    @FuzzTest
    void anyBundleIsShown(byte[] input) {
        List<Representation> representations = new ArrayList<>();
        int at = 0;
        while (at + 2 <= input.length) {
            String type = TYPES.get((input[at] & 0xff) % TYPES.size());
            int end = Math.min(input.length, at + 2 + (input[at + 1] & 0xff));
            String content = new String(input, at + 2, end - at - 2, ISO_8859_1);
            representations.add(new Representation(type, content.getBytes(ISO_8859_1)));
            at = end;
        }
        if (!representations.isEmpty()) {
            assertFitToBeShown(new MimeBundle(representations));
        }
    }

    @Test
    void bundlesOfEverySort() {
        SeededCases.check(
                1000,
                values -> {
                    List<Representation> representations = new ArrayList<>();
                    for (int left = values.between(1, 4); left > 0; left--) {
                        representations.add(
                                new Representation(
                                        values.oneOf(TYPES.toArray(String[]::new)),
                                        values.bytes(200)));
                    }
                    assertFitToBeShown(new MimeBundle(representations));
                });
    }

    private static void assertFitToBeShown(MimeBundle bundle) {
        DisplayedValues displays = new DisplayedValues();
        displays.add(bundle);
        String text = displays.text();
        assertThat(text.chars())
                .allMatch(c -> c == '\n' || c == '\t' || !Character.isISOControl(c));
        assertThat(text.getBytes(UTF_8).length).isLessThan(2 * TextCapture.DEFAULT_LIMIT);
        assertThat(displays.structured()).hasSize(1);
        assertThat(displays.attachments()).hasSizeLessThanOrEqualTo(1);
    }
}
