package dev.microsandbox.mcp.tools.files;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.SeededCases;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class TailWindowTest {

    @Test
    void theLastLinesAreThoseOfTheWholeText() {
        SeededCases.check(
                3000,
                values ->
                        assertLastLines(
                                values.text("ab\n\n", 40),
                                values.between(1, 12),
                                values.between(1, 50),
                                values.between(1, 20)));
    }

    private static void assertLastLines(String text, int wanted, int capacity, int step)
            throws IOException {
        TailWindow.Lines lines = window(text, capacity, step).last(wanted, true);

        List<String> all = Arrays.asList(text.split("(?<=\n)", -1));
        List<String> whole = all.getLast().isEmpty() ? all.subList(0, all.size() - 1) : all;
        String content = new String(lines.content(), ISO_8859_1);
        assertThat(text).endsWith(content);
        if (lines.isCut()) {
            assertThat(whole.getLast().length()).isGreaterThanOrEqualTo(capacity);
        } else {
            int count = (int) lines.count();
            assertThat(count).isLessThanOrEqualTo(wanted);
            assertThat(content)
                    .isEqualTo(String.join("", whole.subList(whole.size() - count, whole.size())));
            if (count < wanted) {
                // There are fewer lines only if one more did not fit, or there is none.
                int more = whole.size() - count - 1;
                assertThat(more < 0 || content.length() + whole.get(more).length() >= capacity)
                        .isTrue();
            }
        }
    }

    @Test
    void theFirstOfTheLastLines() throws IOException {
        TailWindow.Lines lines = window("1\n2\n3\n4", 100, 3).last(3, true);
        assertThat(new String(lines.first(2).content(), ISO_8859_1)).isEqualTo("2\n3\n");
        assertThat(lines.first(2).count()).isEqualTo(2);
        assertThat(new String(lines.first(9).content(), ISO_8859_1)).isEqualTo("2\n3\n4");
        assertThat(lines.first(9).count()).isEqualTo(3);
    }

    @Test
    void whatComesFromTheMiddleOfAFileDoesNotBeginALine() throws IOException {
        TailWindow.Lines lines = window("tail\n2\n", 100, 3).last(9, false);
        assertThat(new String(lines.content(), ISO_8859_1)).isEqualTo("2\n");
    }

    private static TailWindow window(String text, int capacity, int step) throws IOException {
        TailWindow window = new TailWindow(capacity);
        byte[] bytes = text.getBytes(ISO_8859_1);
        for (int i = 0; i < bytes.length; i += step) {
            window.write(bytes, i, Math.min(step, bytes.length - i));
        }
        return window;
    }
}
