package dev.microsandbox.mcp.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.session.FakeSandbox;
import dev.microsandbox.mcp.session.limits.RunLimits;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an agent sees of the terms of its namespace. The image has Python and a shell. */
class NamespaceTermsTest {

    private static final Duration USUAL = Duration.ofSeconds(30);

    private final ToolHarness harness = ToolHarness.started();
    private final AtomicReference<@Nullable Duration> timeout = new AtomicReference<>();

    {
        FakeSandbox sandbox = harness.sandbox();
        sandbox.onRun(
                (request, _) -> {
                    timeout.set(request.timeout());
                    return FakeSandbox.finished();
                });
        sandbox.onExec(
                (request, _) -> {
                    timeout.set(request.timeout());
                    return FakeSandbox.exited(0);
                });
    }

    @AfterEach
    void close() {
        harness.close();
    }

    private CallToolResult code(String language) {
        return harness.call("run_code", Map.of("code", "x", "language", language));
    }

    @ParameterizedTest
    @CsvSource({"run_code, code", "run_command, command"})
    void aCallThatGivesNoTimeOutHasThatOfItsNamespaceNow(String tool, String argument) {
        harness.call(tool, Map.of(argument, "x"));
        assertThat(timeout).hasValue(USUAL);
        harness.setRuns(new RunLimits(Duration.ofMinutes(2), List.of()));
        harness.call(tool, Map.of(argument, "x"));
        assertThat(timeout).hasValue(Duration.ofMinutes(2));
        harness.call(tool, Map.of(argument, "x", "timeout", 5));
        assertThat(timeout).hasValue(Duration.ofSeconds(5));
    }

    @Test
    void sessionInfoShowsTheTimeOutInForce() {
        assertThat(ToolHarness.text(harness.call("session_info"))).contains("run_timeout: 30 s\n");
        harness.setRuns(new RunLimits(Duration.ofMinutes(2), List.of()));
        assertThat(ToolHarness.text(harness.call("session_info"))).contains("run_timeout: 2 min\n");
    }

    @Test
    void aLanguageThatIsNotOfferedIsRefusedWithThoseThatAre() {
        harness.setRuns(new RunLimits(USUAL, List.of("shell", "ruby")));
        for (String other : List.of("python", "py", "cobol")) {
            CallToolResult refused = code(other);
            assertThat(refused.isError()).isTrue();
            assertThat(ToolHarness.text(refused))
                    .isEqualTo(
                            "error: The language %s is not offered here. There are: shell."
                                    .formatted(other));
        }
        assertThat(timeout).hasNullValue();

        harness.setRuns(new RunLimits(USUAL, List.of("ruby")));
        assertThat(ToolHarness.text(code("shell"))).endsWith("There are: none.");
    }

    @Test
    void anOfferIsMeantByAnyNameOfTheLanguage() {
        harness.setRuns(new RunLimits(USUAL, List.of("bash", "python")));
        for (String name : List.of("bash", "Shell", "python", "PY")) {
            assertThat(code(name).isError()).as(name).isFalse();
        }
    }

    @Test
    void sessionInfoListsTheLanguagesThatAreOffered() {
        assertThat(languages()).containsExactly("python", "shell");
        harness.setRuns(new RunLimits(USUAL, List.of("bash")));
        assertThat(languages()).containsExactly("shell");
        assertThat(ToolHarness.text(harness.call("session_info")))
                .contains("shell (bash): ")
                .doesNotContain("python (py)");
    }

    private List<Object> languages() {
        CallToolResult info = harness.call("session_info");
        List<?> listed =
                (List<?>) ToolHarness.structured(info).getOrDefault("languages", List.of());
        return listed.stream().<Object>map(each -> ((Map<?, ?>) each).get("name")).toList();
    }
}
