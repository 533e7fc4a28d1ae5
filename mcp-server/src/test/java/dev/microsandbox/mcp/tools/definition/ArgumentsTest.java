package dev.microsandbox.mcp.tools.definition;

import static dev.microsandbox.mcp.tools.ToolHarness.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.tools.ToolHarness;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ArgumentsTest {

    static Stream<Arguments> wrongCalls() {
        return Stream.of(
                wrong("run_code", Map.of(), "run_code needs the argument code."),
                wrong("run_code", Map.of("code", 7), "code must be a string, not 7."),
                wrong(
                        "run_code",
                        Map.of("code", "1", "timeout", -5),
                        "timeout must be a number of seconds above 0 and at most 3600, not -5."),
                wrong(
                        "run_code",
                        Map.of("code", "1", "timeout", 3600.5),
                        "timeout must be a number of seconds above 0 and at most 3600, not"
                                + " 3600.5."),
                wrong(
                        "run_code",
                        Map.of("code", "1", "timeout", "soon"),
                        "timeout must be a number of seconds above 0 and at most 3600, not"
                                + " \"soon\"."),
                wrong(
                        "run_code",
                        Map.of("code", "1", "timeout", "1e999999999"),
                        "timeout must be a number of seconds above 0 and at most 3600, not"
                                + " \"1e999999999\"."),
                wrong(
                        "run_code",
                        Map.of("code", "1", "colour", "red"),
                        "run_code has no argument colour. It takes: code, language, timeout,"
                                + " stdin, computer."),
                wrong(
                        "run_code",
                        Map.of("code", "1", "python_code", "2"),
                        " is given twice; use code only."),
                wrong(
                        "run_command",
                        Map.of("command", List.of("ls", "-l")),
                        "command must be a string, not [ls, -l]."),
                wrong(
                        "run_code",
                        Map.of("code", "1", "language", "no such language"),
                        "language must be a name such as python, javascript or shell, not"
                                + " \"no such language\"."),
                wrong("read_file", Map.of(), "read_file needs the argument path."),
                wrong(
                        "read_file",
                        Map.of("path", ""),
                        "path must be a path of 1 to 4096 characters without NUL, not \"\"."),
                wrong(
                        "read_file",
                        Map.of("path", "a", "limit", 0),
                        "limit must be a whole number of at least 1, not 0."),
                wrong(
                        "read_file",
                        Map.of("path", "a", "encoding", "base64", "limit", 1),
                        "use length alone, which counts bytes."),
                wrong(
                        "read_file",
                        Map.of("path", "a", "length", 5, "limit", 1),
                        "use length alone, which counts bytes."),
                wrong("read_file", Map.of("path", "a", "offset", 0), "from -1 at the end."),
                wrong(
                        "read_file",
                        Map.of("path", "file://host/a"),
                        "path must be a path or a URI such as file:///workspace/notes.txt"),
                wrong("read_file", Map.of("path", "file:///a%0"), "hexadecimal digits"),
                wrong("read_file", Map.of("path", "file:///a%00"), "without NUL"),
                wrong(
                        "read_file",
                        Map.of("path", "a", "encoding", "latin-1"),
                        "encoding must be one of auto, utf-8, base64, not \"latin-1\"."),
                wrong(
                        "write_file",
                        Map.of("path", "a", "content", "no base64!", "encoding", "base64"),
                        "content is not base64"),
                wrong(
                        "write_file",
                        Map.of("path", "a", "content", "half \ud800"),
                        "unpaired surrogate"),
                wrong(
                        "write_file",
                        Map.of("path", "a", "content", "x", "append", "maybe"),
                        "append must be true or false, not \"maybe\"."),
                wrong(
                        "edit_file",
                        Map.of("path", "a", "old_string", "", "new_string", "b"),
                        "old_string is empty."),
                wrong(
                        "list_files",
                        Map.of("depth", 99),
                        "depth must be a whole number from 1 to 16, not 99."));
    }

    @ParameterizedTest
    @MethodSource("wrongCalls")
    void aWrongCallSaysWhatIsWrongAndStartsNoSandbox(
            String tool, Map<String, Object> arguments, String message) {
        try (ToolHarness harness = new ToolHarness()) {
            CallToolResult result = harness.call(tool, arguments);
            assertThat(result.isError()).isTrue();
            assertThat(text(result)).startsWith("error: ").contains(message);
            assertThat(harness.factory.started).isEmpty();
        }
    }

    @Test
    void nullMeansLeftOut() {
        try (ToolHarness harness = new ToolHarness()) {
            Map<String, Object> arguments = new HashMap<>();
            arguments.put("code", "1");
            arguments.put("timeout", null);
            assertThat(harness.call("run_code", arguments).isError()).isFalse();
        }
    }

    private static Arguments wrong(String tool, Map<String, Object> arguments, String message) {
        return Arguments.of(tool, arguments, message);
    }
}
