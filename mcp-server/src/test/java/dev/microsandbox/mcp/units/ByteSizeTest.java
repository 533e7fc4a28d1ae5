package dev.microsandbox.mcp.units;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.microsandbox.mcp.SeededCases;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteSizeTest {

    @ParameterizedTest
    @CsvSource({
        "8G, 8589934592",
        "512M, 536870912",
        "512MiB, 536870912",
        "1k, 1024",
        "2TB, 2199023255552",
        "17, 17",
        "17B, 17",
        "' 4m ', 4194304",
        "0, 0"
    })
    void reads(String text, long bytes) {
        assertThat(ByteSize.parse(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "G", "-1G", "1.5G", "8 G", "8X", "9999999T", "0x10"})
    void refuses(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ByteSize.parse(text))
                .withMessageContaining("must be a number and a unit");
    }

    @Test
    void readsWhatItWrites() {
        SeededCases.check(
                1000,
                values -> {
                    // Numbers of every magnitude, often multiples of a unit.
                    long bytes = values.between(0, (1L << 58) >> values.between(0, 57));
                    assertReadBack(bytes - bytes % (1L << (10 * values.between(0, 4))));
                });
    }

    @FuzzTest
    void anyTextIsASizeOrRefused(byte[] bytes) {
        try {
            long size = ByteSize.parse(new String(bytes, StandardCharsets.UTF_8));
            assertThat(size).isNotNegative();
            assertReadBack(size);
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).endsWith("must be " + ByteSize.SYNTAX);
        }
    }

    private static void assertReadBack(long bytes) {
        assertThat(ByteSize.parse(ByteSize.compact(bytes))).isEqualTo(bytes);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0 bytes",
        "1, 1 byte",
        "1023, 1023 bytes",
        "1024, 1 KiB",
        "35000, 34.2 KiB",
        "536870912, 512 MiB",
        "8589934592, 8 GiB",
        "1610612736, 1.5 GiB"
    })
    void says(long bytes, String words) {
        assertThat(ByteSize.inWords(bytes)).isEqualTo(words);
    }
}
