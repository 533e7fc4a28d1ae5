package dev.microsandbox.mcp.tools.output;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.microsandbox.mcp.SeededCases;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TerminalTextTest {

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "colours,                    E[1;31mredE[0m text,           red text",
        "window title,               E]0;titleGhello,               hello",
        "title ended by ST,          E]0;titleE\\hello,             hello",
        "character set,              E(Bhello,                      hello",
        "progress bar,               10%R50%R100%Ndone,             100%Ndone",
        "line end of Windows,        oneRNtwoRN,                    oneNtwoN",
        "last state stays,           50%R,                          50%",
        "erased line,                workingRE[KN,                  N",
        "erased whole line,          workingE[2Kdone,               done",
        "backspace,                  abcBBx,                        ax",
        "backspace over a pair,      a😀Bb,                          ab",
        "backspace at the start,     BBx,                           x",
        "bell,                       aGb,                           ab",
        "NUL,                        aZb,                           a␀b",
        "delete,                     aDb,                           a␡b",
        "unfinished sequence,        abcE[1;3,                      abc",
        "newline ends a title,       E]0;titleNhello,               Nhello",
        "escape in a sequence,       E[1E[31mx,                     x",
        "tab,                        aTb,                           aTb"
    })
    void showsWhatATerminalWouldShow(String name, String input, String expected) {
        assertThat(clean(symbols(input))).as(name).isEqualTo(symbols(expected));
    }

    @Test
    void isTheSameWhereverTheTextIsCut() {
        SeededCases.check(
                1000,
                values ->
                        assertSameWhenCut(
                                values.text("a\r\n\b\u001B[]2K\\\u0007ä", 60),
                                values.between(0, 50)));
    }

    @Test
    void leavesNoControlCharacter() {
        SeededCases.check(
                1000,
                values -> {
                    StringBuilder text = new StringBuilder();
                    for (int left = values.between(0, 200); left > 0; left--) {
                        text.append((char) values.between(0, 0xFF));
                    }
                    assertNoControlCharacter(text.toString());
                });
    }

    @Test
    void leavesPlainTextAlone() {
        SeededCases.check(
                1000,
                values -> {
                    StringBuilder text = new StringBuilder();
                    for (int left = values.between(0, 255); left > 0; left--) {
                        text.append((char) values.between(' ', '~'));
                    }
                    assertThat(clean(text.toString())).isEqualTo(text.toString());
                });
    }

    /** The first byte determines where the text is split. */
    @FuzzTest
    void anyTextIsFitToBeShown(byte[] input) {
        if (input.length > 0) {
            String text = new String(input, 1, input.length - 1, StandardCharsets.UTF_8);
            assertNoControlCharacter(text);
            assertSameWhenCut(text, input[0] & 0xff);
        }
    }

    private static void assertSameWhenCut(String text, int where) {
        int cut = Math.min(where, text.length());
        assertThat(clean(text.substring(0, cut), text.substring(cut))).isEqualTo(clean(text));
    }

    private static void assertNoControlCharacter(String text) {
        assertThat(clean(text).chars())
                .allMatch(c -> c == '\n' || c == '\t' || !Character.isISOControl(c));
    }

    @Test
    void holdsNoMoreThanALine() {
        int[] longest = {0};
        TerminalText text = new TerminalText(s -> longest[0] = Math.max(longest[0], s.length()));
        for (int i = 0; i < 1000; i++) {
            text.append("x".repeat(1000));
        }
        assertThat(longest[0]).isEqualTo(TerminalText.MAX_LINE);
    }

    @Test
    void anUnendedTitleHidesLittle() {
        assertThat(clean("\u001B]" + "x".repeat(10_000))).hasSizeGreaterThan(5_000);
    }

    private static String symbols(String text) {
        return text.replace('E', '\u001B')
                .replace('R', '\r')
                .replace('N', '\n')
                .replace('B', '\b')
                .replace('G', '\u0007')
                .replace('Z', '\0')
                .replace('D', '\u007F')
                .replace('T', '\t')
                .replace("(\b", "(B");
    }

    private static String clean(String... pieces) {
        StringBuilder shown = new StringBuilder();
        TerminalText text = new TerminalText(shown::append);
        for (String piece : pieces) {
            text.append(piece);
        }
        text.finish();
        return shown.toString();
    }
}
