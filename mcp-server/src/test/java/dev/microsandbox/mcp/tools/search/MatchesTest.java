package dev.microsandbox.mcp.tools.search;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.microsandbox.mcp.SeededCases;
import java.util.List;
import org.junit.jupiter.api.Test;

class MatchesTest {

    private static final String OUTPUT =
            """
            {"type":"begin","data":{"path":{"text":"./a.txt"}}}
            {"type":"context","data":{"path":{"text":"./a.txt"},"lines":{"text":"z\\n"},"line_number":4,"absolute_offset":13,"submatches":[]}}
            {"type":"match","data":{"path":{"text":"./a.txt"},"lines":{"text":"foo foo\\r\\n"},"line_number":5,"absolute_offset":15,"submatches":[{"match":{"text":"foo"},"start":4,"end":7}]}}
            {"type":"end","data":{"path":{"text":"./a.txt"},"binary_offset":null,"stats":{}}}
            {"type":"begin","data":{"path":{"bytes":"Li9u/2FtZS50eHQ="}}}
            {"type":"match","data":{"path":{"bytes":"Li9u/2FtZS50eHQ="},"lines":{"bytes":"Y2Fm6SBmb28K"},"line_number":1,"absolute_offset":0,"submatches":[]}}
            {"type":"end","data":{"path":{"bytes":"Li9u/2FtZS50eHQ="},"binary_offset":12,"stats":{}}}
            {"type":"summary","data":{"stats":{"searches":2}}}
            """;

    @Test
    void collectsLinesByFile() {
        Matches matches = read(OUTPUT, 100);
        assertThat(matches.files())
                .containsExactly(
                        new FoundFile(
                                "a.txt",
                                List.of(
                                        new FoundFile.Line(4, "z", false),
                                        new FoundFile.Line(5, "foo foo", true))),
                        new FoundFile(
                                "n\uDCFFame.txt",
                                List.of(new FoundFile.Line(1, "caf\uFFFD foo", true))));
        assertThat(matches.matches()).isEqualTo(2);
        assertThat(matches.filesWithMatches()).isEqualTo(2);
        assertThat(matches.omitted()).isZero();
        assertThat(matches.binaryFiles()).isEqualTo(1);
        assertThat(matches.isComplete()).isTrue();
    }

    @Test
    void beyondTheLimitItOnlyCounts() {
        Matches matches = read(OUTPUT, 1);
        assertThat(matches.files()).extracting(FoundFile::path).containsExactly("a.txt");
        assertThat(matches.matches()).isEqualTo(2);
        assertThat(matches.omitted()).isEqualTo(1);
        assertThat(matches.filesWithMatches()).isEqualTo(2);
    }

    /** Whatever runs in ripgrep's place may name any number of files. */
    @Test
    void keepsABoundedNumberOfFilesWithoutAName() {
        Matches matches = new Matches(1000);
        feed(matches, "{\"type\":\"begin\",\"data\":{}}\n".repeat(30_000));
        assertThat(matches.filesWithMatches()).isEqualTo(30_000);
        // The room for names is used up, as it is by files that have one.
        feed(matches, begin("a") + match("x", 1));
        assertThat(matches.matches()).isEqualTo(1);
        assertThat(matches.files()).isEmpty();
    }

    @Test
    void keepsABoundedAmountOfText() {
        Matches matches = new Matches(1000);
        feed(matches, begin("a"));
        for (int i = 1; i <= 900; i++) {
            feed(matches, match("x".repeat(400), i));
        }
        assertThat(matches.files().getFirst().lines()).hasSizeBetween(40, 60);
        assertThat(matches.omitted()).isEqualTo(900 - matches.files().getFirst().lines().size());
    }

    @Test
    void aLineThatIsTooLongIsCountedAndItsFileNamed() {
        Matches matches = new Matches(100);
        feed(matches, begin("min.js"));
        feed(matches, match("x".repeat(JsonLines.MAX_LINE), 1));
        feed(matches, match("short", 2));
        assertThat(matches.longLines()).isEqualTo(1);
        assertThat(matches.filesWithLongLines()).containsExactly("min.js");
        assertThat(matches.matches()).isEqualTo(2);
        assertThat(matches.omitted()).isZero();
        assertThat(matches.files().getFirst().lines())
                .containsExactly(new FoundFile.Line(2, "short", true));
    }

    @Test
    void aFloodIsStopped() {
        Matches matches = new Matches(1);
        byte[] line = match("x", 1).getBytes(UTF_8);
        for (int i = 0; i < Matches.MAX_COUNTED; i++) {
            matches.stdout(line);
        }
        assertThatThrownBy(() -> matches.stdout(line))
                .isInstanceOf(Matches.CountLimitException.class);
    }

    /** A program that runs in place of ripgrep may print anything. */
    @Test
    void nonsenseIsNoMatch() {
        Matches matches =
                read(
                        """
                        null
                        []
                        {"type":7,"data":"x"}
                        {"type":"match"}
                        {"type":"match","data":{"lines":{"bytes":"*"},"line_number":{}}}
                        {"type":"begin","data":{"path":{"bytes":"*"}}}
                        {"type":"match","data":{"line_number":-5,"submatches":[{"start":-1}]}}
                        """
                                + "[".repeat(100_000)
                                + "\n",
                        10);
        assertThat(matches.files().size()).isLessThanOrEqualTo(1);
        assertThat(matches.isComplete()).isFalse();
    }

    @Test
    void anyBytesAreTaken() {
        SeededCases.check(1000, values -> assertTaken(values.bytes(200)));
    }

    @FuzzTest
    void anyOutputIsTaken(byte[] bytes) {
        assertTaken(bytes);
    }

    private static void assertTaken(byte[] bytes) {
        Matches matches = new Matches(10);
        assertThatCode(() -> matches.stdout(bytes)).doesNotThrowAnyException();
        assertThat(matches.files()).allMatch(file -> !file.lines().isEmpty());
        assertThat(matches.omitted()).isNotNegative();
    }

    private static String begin(String path) {
        return "{\"type\":\"begin\",\"data\":{\"path\":{\"text\":\"./" + path + "\"}}}\n";
    }

    private static String match(String text, int number) {
        return "{\"type\":\"match\",\"data\":{\"lines\":{\"text\":\"%s\"},\"line_number\":%d}}%n"
                .formatted(text, number);
    }

    private static void feed(Matches matches, String output) {
        matches.stdout(output.getBytes(UTF_8));
    }

    /** Passes the output in pieces that split lines and characters. */
    private static Matches read(String output, int limit) {
        Matches matches = new Matches(limit);
        byte[] bytes = output.getBytes(UTF_8);
        for (int i = 0; i < bytes.length; i += 7) {
            matches.stdout(java.util.Arrays.copyOfRange(bytes, i, Math.min(i + 7, bytes.length)));
        }
        return matches;
    }
}
