package dev.microsandbox.mcp.tools.files;

import static dev.microsandbox.mcp.tools.ToolHarness.structured;
import static dev.microsandbox.mcp.tools.ToolHarness.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microsandbox.mcp.tools.ToolHarness;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class EditFileTest {

    private final ToolHarness harness = ToolHarness.started();
    private final Map<String, byte[]> files = harness.sandbox().content;

    @AfterEach
    void close() {
        harness.close();
    }

    @Test
    void editsWhatIsUniqueAndLeavesTheRestByteForByte() {
        byte[] before = {'a', (byte) 0xFF, '\r', '\n', 'o', 'l', 'd', 0, '\n'};
        files.put("f", before);
        CallToolResult result =
                call("edit_file", "file_path", "f", "old_str", "old", "new_str", "né");
        byte[] after = {'a', (byte) 0xFF, '\r', '\n', 'n', (byte) 0xC3, (byte) 0xA9, 0, '\n'};
        assertThat(files.get("f")).isEqualTo(after);
        assertThat(structured(result))
                .containsEntry("replaced", 1)
                .containsEntry("lines", List.of(2));
    }

    @Test
    void anAmbiguousEditChangesNothingAndNamesTheLines() {
        write("f", "x\ny\nx\nx\n");
        CallToolResult result =
                call("edit_file", "path", "f", "old_string", "x", "new_string", "z");
        assertThat(result.isError()).isTrue();
        assertThat(text(result)).contains("occurs 3 times in f, at lines 1, 3, 4.");
        assertThat(files.get("f")).asString(UTF_8).isEqualTo("x\ny\nx\nx\n");
    }

    @Test
    void replacesAllWhenAsked() {
        write("f", "x\ny\nx\n");
        CallToolResult result =
                call(
                        "edit_file",
                        "path",
                        "f",
                        "old_string",
                        "x",
                        "new_string",
                        "zz",
                        "replace_all",
                        true);
        assertThat(files.get("f")).asString(UTF_8).isEqualTo("zz\ny\nzz\n");
        assertThat(structured(result)).containsEntry("replaced", 2).containsEntry("size", 8);
    }

    @Test
    void anEditThatFindsNothingSaysWhy() {
        write("f", "a\r\nb\r\n  c\r\n");
        assertThat(text(call("edit_file", "path", "f", "old_string", "a\nb", "new_string", "")))
                .contains("occurs 0 times in f.")
                .contains("CR LF");
        assertThat(text(call("edit_file", "path", "f", "old_string", "c ", "new_string", "")))
                .contains("other white space");
    }

    @Test
    @Timeout(value = 10, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aSearchForTextThatAlmostOccursEverywhereTakesAMoment() {
        write("f", "a".repeat(4_000_000));
        String almost = "a".repeat(150_000) + "b" + "a".repeat(150_000);
        assertThat(text(call("edit_file", "path", "f", "old_string", almost, "new_string", "")))
                .contains("occurs 0 times in f.");
        assertThat(
                        text(
                                call(
                                        "edit_file",
                                        "path",
                                        "f",
                                        "old_string",
                                        " " + almost,
                                        "new_string",
                                        "")))
                .contains("occurs 0 times in f.");
    }

    @Test
    void findsWhatASimpleSearchFinds() throws InterruptedException {
        Random random = new Random(7);
        for (int i = 0; i < 2_000; i++) {
            String content = ofTwoLetters(random, random.nextInt(200));
            String wanted = ofTwoLetters(random, 1 + random.nextInt(6));
            var search = new ByteSearch(content.getBytes(UTF_8), wanted.getBytes(UTF_8));
            for (int from = 0; from <= content.length(); from++) {
                assertThat(search.next(from)).isEqualTo(content.indexOf(wanted, from));
            }
        }
    }

    @Test
    void anInterruptedSearchEnds() {
        byte[] content = new byte[1 << 20];
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> new ByteSearch(content, new byte[] {1}).next(0))
                .isInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).isFalse();
    }

    private static String ofTwoLetters(Random random, int length) {
        return random.ints(length, 'a', 'c')
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private void write(String path, String content) {
        files.put(path, content.getBytes(UTF_8));
    }

    private CallToolResult call(String tool, Object... arguments) {
        return harness.call(tool, arguments);
    }
}
