package dev.microsandbox.mcp.tools.output;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.SeededCases;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HeadTailBufferTest {

    @Test
    void keepsBothEndsWithinItsLimitAndCountsTheRest() {
        SeededCases.check(1000, values -> assertKept(texts(values), values.between(5, 200)));
    }

    private static void assertKept(List<String> pieces, int limit) {
        HeadTailBuffer buffer = new HeadTailBuffer(limit);
        pieces.forEach(buffer::append);
        String whole = String.join("", pieces);

        HeadTailBuffer.Kept kept = buffer.kept();

        assertThat(whole).startsWith(kept.head()).endsWith(kept.tail());
        assertThat(bytes(kept.head()) + bytes(kept.tail())).isLessThanOrEqualTo(limit);
        assertThat(bytes(kept.head()) + kept.omittedBytes() + bytes(kept.tail()))
                .isEqualTo(bytes(whole));
        assertThat(lines(kept.head()) + kept.omittedLines() + lines(kept.tail()))
                .isEqualTo(lines(whole));
        assertThat(kept.omittedBytes() == 0).isEqualTo(bytes(whole) <= limit);
    }

    @Test
    void splitsFortyToSixty() {
        HeadTailBuffer buffer = new HeadTailBuffer(100);
        buffer.append("a".repeat(500) + "b".repeat(500));

        HeadTailBuffer.Kept kept = buffer.kept();

        assertThat(kept.head()).isEqualTo("a".repeat(40));
        assertThat(kept.tail()).isEqualTo("b".repeat(60));
        assertThat(kept.omittedBytes()).isEqualTo(900);
    }

    private static List<String> texts(SeededCases.Values values) {
        List<String> texts = new ArrayList<>();
        for (int left = values.between(0, 12); left > 0; left--) {
            StringBuilder text = new StringBuilder();
            for (int characters = values.between(0, 60); characters > 0; characters--) {
                text.append(values.oneOf("a", "\n", "ä", "€", "😀", "\uFFFD", "e\u0301"));
            }
            texts.add(text.toString());
        }
        return texts;
    }

    private static long bytes(String text) {
        return text.getBytes(UTF_8).length;
    }

    private static long lines(String text) {
        return text.chars().filter(c -> c == '\n').count();
    }
}
