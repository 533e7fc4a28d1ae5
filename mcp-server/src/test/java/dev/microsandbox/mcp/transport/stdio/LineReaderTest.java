package dev.microsandbox.mcp.transport.stdio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.microsandbox.mcp.SeededCases;
import dev.microsandbox.mcp.transport.stdio.LineReader.LineTooLongException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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

    @Test
    void linesComeBackWhateverTheirLengths() {
        SeededCases.check(
                1000,
                values -> {
                    List<Integer> lengths = new ArrayList<>();
                    for (int left = values.between(0, 20); left > 0; left--) {
                        lengths.add(values.between(0, MAX >> values.between(0, 14)));
                    }
                    assertComeBack(lengths);
                });
    }

    private static void assertComeBack(List<Integer> lengths) throws IOException {
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

    /** The first byte is the maximum length of a line. */
    @FuzzTest
    void anyStreamIsCutWhereItsLinesEnd(byte[] input) throws IOException {
        if (input.length == 0) {
            return;
        }
        int most = input[0] & 0xff;
        String text = new String(input, 1, input.length - 1, StandardCharsets.ISO_8859_1);
        LineReader reader =
                new LineReader(
                        new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1)), most);
        List<String> lines = new ArrayList<>(Arrays.asList(text.split("\n", -1)));
        if (lines.getLast().isEmpty()) {
            lines.removeLast();
        }
        for (String line : lines) {
            if (line.length() > most) {
                assertThatExceptionOfType(LineTooLongException.class).isThrownBy(reader::next);
            } else {
                String whole = line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
                assertThat(reader.next()).asString(StandardCharsets.ISO_8859_1).isEqualTo(whole);
            }
        }
        assertThat(reader.next()).isNull();
    }
}
