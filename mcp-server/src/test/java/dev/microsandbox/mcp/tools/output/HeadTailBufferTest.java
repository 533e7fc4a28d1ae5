package dev.microsandbox.mcp.tools.output;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class HeadTailBufferTest {

    @Property
    void keepsBothEndsWithinItsLimitAndCountsTheRest(
            @ForAll("texts") List<String> pieces, @ForAll @IntRange(min = 5, max = 200) int limit) {
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

    @Provide
    Arbitrary<List<String>> texts() {
        Arbitrary<String> characters =
                Arbitraries.of("a", "\n", "ä", "€", "😀", "\uFFFD", "e\u0301");
        return characters
                .list()
                .ofMaxSize(60)
                .map(list -> String.join("", list))
                .list()
                .ofMaxSize(12);
    }

    private static long bytes(String text) {
        return text.getBytes(UTF_8).length;
    }

    private static long lines(String text) {
        return text.chars().filter(c -> c == '\n').count();
    }
}
