package dev.microsandbox.mcp.text;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.SeededCases;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VisibleOutputTest {

    private static String shown(byte[]... pieces) throws IOException {
        ByteArrayOutputStream terminal = new ByteArrayOutputStream();
        try (VisibleOutput output = new VisibleOutput(terminal)) {
            for (byte[] piece : pieces) {
                output.write(piece);
            }
        }
        return terminal.toString(UTF_8);
    }

    private static String shown(String text) throws IOException {
        return shown(text.translateEscapes().getBytes(UTF_8));
    }

    @ParameterizedTest
    @CsvSource(
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "plain text,plain text",
                "\\033[31mred\\033[0m,red",
                "a\\033[2J\\033[Hb,ab",
                "a\\033]0;title\\007b,ab",
                "a\\033]52;c;aGk=\\033\\\\b,ab",
                "a\\033Pdevice control\\033\\\\b,ab",
                "a\\033(Bb,ab",
                "a\\033cb,ab",
                "a\u009b2Jb,ab",
                "a\u009d0;t\u009cb,ab",
                "a\\bb,a\\u0008b",
                "a\\007b,a\\u0007b",
                "a\\0b\u007f,a\\u0000b\\u007f",
                "a\u202eb\u2066c,a\\u202eb\\u2066c",
                "a\u2028b,a\\u2028b",
                "\u00e4\u20ac\ud83d\ude00,\u00e4\u20ac\ud83d\ude00",
            })
    void aTerminalGetsOnlyText(String written, String expected) throws IOException {
        assertThat(shown(written)).isEqualTo(expected);
    }

    @Test
    void aCarriageReturnOverwritesNothing() throws IOException {
        assertThat(shown("10 %\\r20 %\\r\\ndone\\r")).isEqualTo("10 %\n20 %\ndone\n");
        assertThat(shown("a\\tb\\n")).isEqualTo("a\tb\n");
    }

    @Test
    void anUnfinishedSequenceDoesNotSwallowWhatFollows() throws IOException {
        assertThat(shown("\\033]0;never ended\\nmsb: done")).isEqualTo("\nmsb: done");
        assertThat(shown("\\033[" + "1;".repeat(10_000) + "\\nmsb: done")).endsWith("\nmsb: done");
    }

    @Test
    void theSameIsShownHoweverItIsCut() throws IOException {
        byte[] text = "\u00e4\u001b[31m\u20ac\ud83d\ude00\u001b]0;t\u0007\r\nx".getBytes(UTF_8);
        for (int i = 0; i <= text.length; i++) {
            byte[] begin = java.util.Arrays.copyOf(text, i);
            byte[] end = java.util.Arrays.copyOfRange(text, i, text.length);
            assertThat(shown(begin, end)).isEqualTo("\u00e4\u20ac\ud83d\ude00\nx");
        }
    }

    @Test
    void whatHasBeenWrittenAppearsAtOnce() throws IOException {
        ByteArrayOutputStream terminal = new ByteArrayOutputStream();
        VisibleOutput output = new VisibleOutput(terminal);
        output.write("password: ".getBytes(UTF_8));
        assertThat(terminal.toString(UTF_8)).isEqualTo("password: ");
    }

    @Test
    void noBytesActOnATerminal() {
        SeededCases.check(
                3000,
                values -> {
                    String text =
                            shown(
                                    values.bytes(300),
                                    values.text("\u001b[]P\\;0m\u0007\u009b\r\nx", 60)
                                            .getBytes(UTF_8),
                                    values.text(60).getBytes(UTF_8));
                    assertThat(text.codePoints())
                            .allMatch(
                                    c ->
                                            c == '\n'
                                                    || c == '\t'
                                                    || (c >= 0xE0000 && c <= 0xE007F)
                                                    || !ControlCharacters.isControl(c));
                });
    }

    @Test
    void largeOutputIsComplete() throws IOException {
        String text = "\u20acuro ".repeat(50_000);
        assertThat(shown(text.getBytes(UTF_8))).isEqualTo(text);
    }
}
