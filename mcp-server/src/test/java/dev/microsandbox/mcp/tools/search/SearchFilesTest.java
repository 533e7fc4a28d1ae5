package dev.microsandbox.mcp.tools.search;

import static dev.microsandbox.mcp.tools.ToolHarness.structured;
import static dev.microsandbox.mcp.tools.ToolHarness.text;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.session.FakeSandbox;
import dev.microsandbox.mcp.tools.ToolHarness;
import dev.microsandbox.vmm.ExecRequest;
import dev.microsandbox.vmm.Exit;
import dev.microsandbox.vmm.GuestException;
import dev.microsandbox.vmm.MemoryVictim;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SearchFilesTest {

    private static final String FOUND =
            """
            {"type":"begin","data":{"path":{"text":"./a.py"}}}
            {"type":"match","data":{"path":{"text":"./a.py"},"lines":{"text":"def foo():\\n"},"line_number":1,"submatches":[]}}
            {"type":"context","data":{"path":{"text":"./a.py"},"lines":{"text":"  pass\\n"},"line_number":2,"submatches":[]}}
            {"type":"match","data":{"path":{"text":"./a.py"},"lines":{"text":"foo()\\n"},"line_number":9,"submatches":[]}}
            {"type":"end","data":{"binary_offset":null}}
            {"type":"begin","data":{"path":{"bytes":"Li9u/w=="}}}
            {"type":"match","data":{"path":{"bytes":"Li9u/w=="},"lines":{"text":"foo\\n"},"line_number":3,"submatches":[]}}
            {"type":"end","data":{"binary_offset":null}}
            {"type":"summary","data":{}}
            """;

    private final ToolHarness harness = ToolHarness.started();
    private final FakeSandbox sandbox = harness.sandbox();
    private final List<ExecRequest> requests = new ArrayList<>();

    @AfterEach
    void close() {
        harness.close();
    }

    @Test
    void showsLinesByFileAsGrepDoes() {
        answer(0, FOUND, "");
        CallToolResult result = call(Map.of("pattern", "foo", "context", 1));
        assertThat(text(result))
                .isEqualTo(
                        """
                        status=ok path=/workspace matches=3 files=2 truncated=false
                        --- results ---
                        a.py
                        1:def foo():
                        2-  pass
                        --
                        9:foo()

                        file:///workspace/n%FF
                        3:foo
                        """);
        assertThat(String.valueOf(structured(result).get("results")))
                .contains("path=a.py")
                .contains("uri=file:///workspace/n%FF");
        assertThat(requests.getFirst().command()).startsWith("rg").endsWith("--", ".");
        assertThat(requests.getFirst().directory()).isEqualTo("/workspace");
    }

    @Test
    void pathsOfOtherDirectoriesLeadThere() {
        answer(0, FOUND, "");
        assertThat(text(call(Map.of("pattern", "foo", "path", "src/"))))
                .contains("\nsrc/a.py\n")
                .contains("\nfile:///workspace/src/n%FF\n");
        assertThat(requests.getFirst().directory()).isEqualTo("src/");
    }

    @Test
    void aFileIsSearchedWhereItIs() {
        sandbox.content.put("-x", "foo".getBytes(UTF_8));
        answer(1, "{\"type\":\"summary\",\"data\":{}}\n", "");
        assertThat(text(call(Map.of("pattern", "foo", "path", "-x"))))
                .contains("matches=0 files=0")
                .contains("[no matches]")
                .contains("unrestricted=true");
        assertThat(requests.getFirst().command()).endsWith("--", "-x");
        assertThat(requests.getFirst().directory()).isNull();
    }

    @Test
    void whatIsNotShownIsCounted() {
        answer(0, FOUND, "");
        CallToolResult result = call(Map.of("pattern", "foo", "limit", 1));
        assertThat(structured(result))
                .containsEntry("matches", 3L)
                .containsEntry("truncated", true);
        assertThat(text(result)).contains("Not shown: 2 more matching lines.");
    }

    @Test
    void whatCouldNotBeReadIsSaid() {
        answer(2, FOUND, "./secret: Permission denied (os error 13)\n");
        CallToolResult result = call(Map.of("pattern", "foo"));
        assertThat(result.isError()).isFalse();
        assertThat(text(result)).contains("./secret: Permission denied");
    }

    @Test
    void aWrongPatternIsAnErrorThatPointsAtIt() {
        answer(2, "", "regex parse error:\n    f(oo\n     ^\nerror: unclosed group\n");
        CallToolResult result = call(Map.of("pattern", "f(oo"));
        assertThat(result.isError()).isTrue();
        assertThat(text(result)).contains("unclosed group").contains("literal=true");
    }

    @Test
    void aTimeOutShowsWhatWasFoundByThen() {
        sandbox.onExec(
                (request, listener) -> {
                    listener.stdout(FOUND.substring(0, FOUND.length() / 2).getBytes(UTF_8));
                    return new Exit(
                            Exit.Kind.SIGNALED,
                            15,
                            true,
                            0,
                            MemoryVictim.UNKNOWN,
                            Duration.ofSeconds(30),
                            0,
                            0,
                            "");
                });
        CallToolResult result = call(Map.of("pattern", "foo"));
        assertThat(structured(result)).containsEntry("truncated", true);
        assertThat(text(result)).contains("Stopped after 30").contains("1:def foo():");
    }

    @Test
    void findsFilesByNameNewestFirst() {
        answer(0, "100.000000000 5 ./old.py\000200.000000000 7 ./a\nb.py\0", "");
        CallToolResult result = call(Map.of("glob", "*.py", "path", "/srv"));
        assertThat(text(result))
                .isEqualTo(
                        """
                        status=ok path=/srv files=2 truncated=false
                        --- results ---
                                 7 1970-01-01 00:03 file:///srv/a%0Ab.py
                                 5 1970-01-01 00:01 /srv/old.py
                        """);
    }

    @Test
    void anImageWithoutRipgrepSaysWhatToAdd() {
        sandbox.onExec(
                (request, listener) -> {
                    throw new GuestException(GuestException.ENOENT, "cannot execute rg: …");
                });
        assertThat(text(call(Map.of("pattern", "x")))).contains("add the package ripgrep");
        answer(127, "", "bash: line 1: rg: command not found\n");
        assertThat(text(call(Map.of("glob", "x")))).contains("add the package ripgrep");
    }

    @Test
    void somethingHasToBeLookedFor() {
        assertThat(text(call(Map.of()))).contains("needs pattern");
        assertThat(text(call(Map.of("pattern", "a\nb")))).contains("matches within a line");
        assertThat(text(call(Map.of("pattern", "")))).contains("1 to 10000 characters");
        assertThat(text(call(Map.of("glob", "a\0b")))).contains("no NUL");
    }

    private void answer(int code, String stdout, String stderr) {
        sandbox.onExec(
                (request, listener) -> {
                    requests.add(request);
                    listener.stdout(stdout.getBytes(ISO_8859_1));
                    listener.stderr(stderr.getBytes(UTF_8));
                    return FakeSandbox.exited(code);
                });
    }

    private CallToolResult call(Map<String, Object> arguments) {
        return harness.call("search_files", arguments);
    }
}
