package dev.microsandbox.mcp.tools.files;

import static dev.microsandbox.mcp.tools.ToolHarness.structured;
import static dev.microsandbox.mcp.tools.ToolHarness.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.tools.ToolHarness;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

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

    private void write(String path, String content) {
        files.put(path, content.getBytes(UTF_8));
    }

    private CallToolResult call(String tool, Object... arguments) {
        return harness.call(tool, arguments);
    }
}
