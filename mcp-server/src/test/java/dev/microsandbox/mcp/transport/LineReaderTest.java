package dev.microsandbox.mcp.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.microsandbox.mcp.transport.LineReader.LineTooLongException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class LineReaderTest {

    static final int MAX = 20_000;

    private static LineReader reader(String text) {
        return new LineReader(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), MAX);
    }

    private static String text(byte[] line) {
        return new String(line, StandardCharsets.UTF_8);
    }

    @Test
    void linesEndWithLfOrCrLfOrTheStream() throws IOException {
        LineReader reader = reader("a\nb\r\n\nc\rd\ne");
        List<String> lines = new ArrayList<>();
        for (byte[] line = reader.next(); line != null; line = reader.next()) {
            lines.add(text(line));
        }
        assertThat(lines).containsExactly("a", "b", "", "c\rd", "e");
        assertThat(reader.next()).isNull();
    }

    @Test
    void aLineTooLongIsSkipped() throws IOException {
        LineReader reader = reader("x".repeat(MAX) + "\n" + "y".repeat(MAX + 1) + "\nz\n");
        assertThat(reader.next()).hasSize(MAX);
        assertThatExceptionOfType(LineTooLongException.class)
                .isThrownBy(reader::next)
                .withMessageContaining("20000");
        assertThat(reader.next()).asString(StandardCharsets.UTF_8).isEqualTo("z");
    }

    @Test
    void aLineTooLongAtTheEndIsSkipped() throws IOException {
        LineReader reader = reader("y".repeat(3 * MAX));
        assertThatExceptionOfType(LineTooLongException.class).isThrownBy(reader::next);
        assertThat(reader.next()).isNull();
    }

    @Property(tries = 300)
    void linesComeBackWhateverTheirLengths(
            @ForAll @Size(max = 20) List<@IntRange(max = MAX) Integer> lengths) throws IOException {
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        for (int length : lengths) {
            stream.write("v".repeat(length).getBytes(StandardCharsets.UTF_8));
            stream.write('\n');
        }
        LineReader reader = new LineReader(new ByteArrayInputStream(stream.toByteArray()), MAX);
        for (int length : lengths) {
            assertThat(reader.next()).hasSize(length);
        }
        assertThat(reader.next()).isNull();
    }
}
