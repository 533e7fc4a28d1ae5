package dev.microsandbox.mcp.units;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.microsandbox.mcp.SeededCases;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationsTest {

    @ParameterizedTest
    @CsvSource({
        "250ms, PT0.25S, 250 ms",
        "45s, PT45S, 45 s",
        "15m, PT15M, 15 min",
        "8h, PT8H, 8 h",
        "1d, PT24H, 1 day",
        "30D, PT720H, 30 days",
        "0s, PT0S, 0 s"
    })
    void readsAndSays(String text, Duration duration, String words) {
        assertThat(Durations.parse(text)).isEqualTo(duration);
        assertThat(Durations.inWords(duration)).isEqualTo(words);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "15", "m", "-5s", "1.5h", "1h30m", "9999999999s", "5 m"})
    void refuses(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Durations.parse(text))
                .withMessageContaining("must be a number and a unit");
    }

    @Test
    void readsWhatItWrites() {
        SeededCases.check(
                1000,
                values -> {
                    // Durations of every magnitude, often whole seconds.
                    long millis = values.between(0, 999_999_999 >> values.between(0, 29));
                    assertReadBack(Duration.ofMillis(millis));
                    assertReadBack(Duration.ofMillis(millis - millis % 1000));
                });
    }

    @FuzzTest
    void anyTextIsADurationOrRefused(byte[] text) {
        try {
            Duration duration = Durations.parse(new String(text, StandardCharsets.UTF_8));
            assertThat(duration).isGreaterThanOrEqualTo(Duration.ZERO);
            assertThat(Durations.inWords(duration)).isNotBlank();
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).isEqualTo("must be " + Durations.SYNTAX);
        }
    }

    private static void assertReadBack(Duration duration) {
        assertThat(Durations.parse(Durations.compact(duration))).isEqualTo(duration);
    }

    @Test
    void measuresAndRounds() {
        assertThat(Durations.measured(Duration.ofMillis(1249))).isEqualTo("1.2s");
        assertThat(Durations.roughly(Duration.ofMinutes(479))).isEqualTo("7 h 59 min");
        assertThat(Durations.roughly(Duration.ofSeconds(90))).isEqualTo("1 min");
        assertThat(Durations.roughly(Duration.ofSeconds(9))).isEqualTo("9 s");
    }
}
