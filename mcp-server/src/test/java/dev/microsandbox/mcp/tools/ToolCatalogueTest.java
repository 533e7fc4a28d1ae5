package dev.microsandbox.mcp.tools;

import static dev.microsandbox.mcp.tools.ToolHarness.structured;
import static dev.microsandbox.mcp.tools.ToolHarness.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.mcp.session.FakeSandbox;
import dev.microsandbox.vmm.Exit;
import dev.microsandbox.vmm.MemoryVictim;
import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ToolCatalogueTest {

    /** The output of ripgrep. */
    private static final String MATCH =
            """
            {"type":"begin","data":{"path":{"bytes":"Li9u/w=="}}}
            {"type":"match","data":{"lines":{"text":"x\\n"},"line_number":1,"submatches":[]}}
            {"type":"summary","data":{}}
            """;

    /** The tools with a result that was compared with its schema. */
    private final Set<String> checked = new HashSet<>();

    static List<McpSchema.Tool> tools() {
        return ToolCatalogue.tools(Duration.ofSeconds(30)).stream()
                .map(tool -> tool.fullDefinition().toTool())
                .toList();
    }

    @Test
    void listsTheToolsInTheOrderOfTheGuide() throws IOException {
        assertThat(tools())
                .extracting(McpSchema.Tool::name)
                .containsExactlyElementsOf(ToolGuide.names())
                .startsWith("run_code", "run_command")
                .hasSizeGreaterThanOrEqualTo(16);
    }

    @ParameterizedTest
    @MethodSource("tools")
    void describesItselfWithinTheLimitsOfClients(McpSchema.Tool tool) {
        assertThat(tool.name()).matches("[a-zA-Z0-9_-]{1,64}");
        assertThat(tool.description().getBytes(UTF_8).length).isLessThanOrEqualTo(2048);
        assertThat(tool.title()).isNotEmpty();
        McpSchema.ToolAnnotations hints = tool.annotations();
        assertThat(hints.readOnlyHint()).isNotNull();
        assertThat(hints.destructiveHint() && hints.readOnlyHint()).isFalse();
        assertThat(hints.idempotentHint()).isNotNull();
        assertThat(hints.openWorldHint()).isFalse();
        assertThat(tool.inputSchema())
                .containsEntry("type", "object")
                .doesNotContainKeys("oneOf", "anyOf", "allOf");
        assertThat(tool.outputSchema()).containsEntry("type", "object");
    }

    @Test
    void everyResultFitsItsOutputSchema() throws IOException {
        try (ToolHarness harness = ToolHarness.started()) {
            FakeSandbox sandbox = harness.sandbox();
            sandbox.content.put("a.txt", "hello\n".getBytes(UTF_8));
            sandbox.content.put("n\uDCFF", new byte[] {'x'});
            sandbox.onExec(
                    (request, listener) -> {
                        if (!request.command().getFirst().equals("bash")) {
                            listener.stdout(MATCH.getBytes(UTF_8));
                            return FakeSandbox.exited(2);
                        }
                        listener.stdout("1.000000000 5 ./n\0".getBytes(UTF_8));
                        listener.stdout(new byte[50_000]);
                        return FakeSandbox.exited(3);
                    });
            check(harness, "run_code", Map.of("code", "1"));
            check(harness, "run_command", Map.of("command", "ls"));
            check(harness, "run_command", Map.of("command", "make", "background", true));
            check(harness, "get_output", Map.of("job_id", "j1-00ff"));
            sandbox.jobs().print("j1-00ff", new byte[50_000]);
            sandbox.jobs().end("j1-00ff", FakeSandbox.exited(3));
            check(harness, "get_output", Map.of("job_id", "j1-00ff", "offset", 1));
            check(harness, "stop_job", Map.of("job_id", "j1-00ff"));
            check(harness, "read_file", Map.of("path", "a.txt"));
            check(harness, "read_file", Map.of("path", "a.txt", "encoding", "base64"));
            check(harness, "write_file", Map.of("path", "b", "content", "x"));
            check(harness, "edit_file", Map.of("path", "b", "old_string", "x", "new_string", "y"));
            check(harness, "read_file", Map.of("path", "a.txt", "offset", -1));
            check(harness, "read_file", Map.of("path", "a.txt", "length", 3));
            check(harness, "list_files", Map.of());
            sandbox.content.remove("n\uDCFF");
            check(harness, "search_files", Map.of("pattern", "x"));
            check(harness, "search_files", Map.of("glob", "x", "limit", 1));
            check(harness, "session_info", Map.of());
            check(harness, "reset_interpreter", Map.of());
            check(harness, "checkpoint", Map.of("name", "before \"it\""));
            check(harness, "checkpoint", Map.of());
            check(harness, "restore", Map.of("checkpoint", "c1"));
            check(harness, "fork", Map.of());
            check(harness, "session_info", Map.of("computer", "f1"));
            check(harness, "checkpoint", Map.of("computer", "f1"));
            check(harness, "list_checkpoints", Map.of());
            check(harness, "delete_checkpoint", Map.of("checkpoint", "c2"));
            check(harness, "fork", Map.of("checkpoint", "c1"));
            sandbox.die();
            check(harness, "run_code", Map.of("code", "1"));
        }
        assertThat(checked).containsExactlyInAnyOrderElementsOf(ToolGuide.names());
    }

    private void check(ToolHarness harness, String tool, Map<String, Object> arguments)
            throws IOException {
        checked.add(tool);
        CallToolResult result = harness.call(tool, arguments);
        assertThat(result.isError()).as(text(result)).isFalse();
        McpSchema.Tool definition =
                tools().stream().filter(t -> t.name().equals(tool)).findFirst().orElseThrow();
        // As a client sees it: after serialization to JSON and back.
        var json = McpJsonDefaults.getMapper();
        Object received = json.readValue(json.writeValueAsString(structured(result)), Map.class);
        var validation =
                McpJsonDefaults.getSchemaValidator().validate(definition.outputSchema(), received);
        assertThat(validation.valid()).as(tool + ": " + validation.errorMessage()).isTrue();
    }

    @Test
    void aCommandsExitIsAResultWhateverItIs() {
        try (ToolHarness harness = ToolHarness.started()) {
            harness.sandbox()
                    .onExec(
                            (request, listener) -> {
                                assertThat(request.command())
                                        .containsExactly("bash", "-c", "exit 42");
                                assertThat(request.directory()).isEqualTo("/tmp");
                                assertThat(request.stdin()).asString(UTF_8).isEqualTo("in");
                                return FakeSandbox.exited(42);
                            });
            CallToolResult result =
                    harness.call(
                            "run_command", Map.of("cmd", "exit 42", "cwd", "/tmp", "stdin", "in"));
            assertThat(result.isError()).isFalse();
            assertThat(text(result)).isEqualTo("status=error exit=42 1.2s\n[no output]\n");
        }
    }

    @Test
    void aCommandThatASignalEndedSaysSo() {
        try (ToolHarness harness = ToolHarness.started()) {
            harness.sandbox()
                    .onExec(
                            (request, listener) ->
                                    new Exit(
                                            Exit.Kind.SIGNALED,
                                            9,
                                            false,
                                            0,
                                            MemoryVictim.UNKNOWN,
                                            Duration.ofSeconds(2),
                                            0,
                                            0,
                                            ""));
            assertThat(text(harness.call("run_command", Map.of("command", "x"))))
                    .isEqualTo(
                            "status=killed exit=137 2.0s\nhint: Ended by signal 9 (SIGKILL).\n"
                                    + "[no output]\n");
        }
    }

    @Test
    void sessionInfoTellsLimitsVariablesAndTimeLeft() {
        try (ToolHarness harness = new ToolHarness()) {
            CallToolResult result = harness.call("session_info", Map.of());
            assertThat(text(result))
                    .startsWith("status=ok isolation=emulation\n")
                    .contains("memory: 64 MiB of 448 MiB used\n")
                    .contains("idle_timeout: 15 min\n")
                    .contains("python (py): Python 3.11.2, running\n")
                    .contains("x: int, 28 bytes, 42 (python)\n");
        }
    }

    @Test
    void tellsTheClientThatTheSandboxStarts() throws InterruptedException {
        try (ToolHarness harness = new ToolHarness()) {
            CountDownLatch gate = harness.factory.holdStarts();
            Thread call = Thread.ofPlatform().start(() -> harness.call("session_info", Map.of()));
            await().until(() -> harness.progress.size() >= 2);
            gate.countDown();
            call.join();
            assertThat(harness.progress)
                    .startsWith(
                            "log: Starting the session's sandbox.", "starting the sandbox, 0 s");
        }
    }

    @Test
    void aStartThatFailsIsAnErrorWithItsReason() {
        try (ToolHarness harness = new ToolHarness()) {
            harness.factory.failWith("The kernel did not answer within 120 s.");
            CallToolResult result = harness.call("session_info", Map.of());
            assertThat(result.isError()).isTrue();
            assertThat(text(result)).isEqualTo("error: The kernel did not answer within 120 s.");
        }
    }
}
