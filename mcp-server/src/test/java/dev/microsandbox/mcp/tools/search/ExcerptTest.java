package dev.microsandbox.mcp.tools.search;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ExcerptTest {

    @Test
    void aLineIsShownWithoutItsEnd() {
        assertThat(Excerpt.of("\tfoo é\r\n".getBytes(UTF_8), 1)).isEqualTo("\tfoo é");
        assertThat(Excerpt.of(new byte[0], 0)).isEmpty();
    }

    @Test
    void aLongLineIsCutAroundWhatWasFound() {
        String line = "é".repeat(5000) + "needle" + "é".repeat(5000) + "\n";
        String shown = Excerpt.of(line.getBytes(UTF_8), 10_000);
        assertThat(shown).matches("…é+needleé+…");
        assertThat(shown.getBytes(UTF_8).length).isLessThanOrEqualTo(Excerpt.MAX_BYTES + 6);
    }

    @Test
    void theEndOfALongLineIsShownToItsEnd() {
        String line = "a".repeat(5000) + "needle";
        assertThat(Excerpt.of(line.getBytes(UTF_8), 5000)).matches("…a{494}needle");
        assertThat(Excerpt.of(line.getBytes(UTF_8), 0)).matches("a{500}…");
    }

    @Test
    void whatIsNoTextIsMadeVisible() {
        byte[] line = {'a', (byte) 0xFF, 0x1B, '[', '3', '1', 'm', 0, '\n'};
        assertThat(Excerpt.of(line, 0)).isEqualTo("a\uFFFD␀");
    }
}
