package dev.microsandbox.mcp.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.log.LogWatch;
import dev.microsandbox.mcp.session.FakeSandbox;
import dev.microsandbox.mcp.text.ControlCharacters;
import dev.microsandbox.mcp.tools.definition.Parameter;
import dev.microsandbox.mcp.tools.definition.Tool;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An argument of any type that JSON has is used or refused in words, by every tool. */
@Timeout(60)
class OddArgumentsTest {

    private static List<Object> oddValues() {
        Object nested = "x";
        for (int i = 0; i < 900; i++) {
            nested = i % 2 == 0 ? List.of(nested) : Map.of("a", nested);
        }
        return List.of(
                "",
                " ",
                "\0",
                "\ud800",
                "a\nb\u001b[2J",
                "x".repeat(100_000),
                "../../../etc/passwd",
                "-1",
                "1e999999999",
                0,
                -1,
                Integer.MAX_VALUE,
                Long.MIN_VALUE,
                BigInteger.TEN.pow(900),
                new BigDecimal("1e-999"),
                1.5,
                Double.NaN,
                Double.POSITIVE_INFINITY,
                -Double.MAX_VALUE,
                true,
                List.of(),
                List.of(1, "a", List.of()),
                Map.of(),
                Map.of("a", 1),
                nested);
    }

    @Test
    void noneFailsInsideTheServer() {
        List<String> failures = new ArrayList<>();
        try (LogWatch log = new LogWatch();
                ToolHarness harness = new ToolHarness()) {
            harness.factory.prepare(
                    sandbox -> {
                        var _ = sandbox.onRun((request, listener) -> FakeSandbox.finished());
                        var _ = sandbox.onExec((request, listener) -> FakeSandbox.exited(0));
                    });
            for (Tool tool : ToolCatalogue.tools(Duration.ofSeconds(30))) {
                for (Parameter<?> parameter : tool.fullDefinition().parameters()) {
                    for (Object value : oddValues()) {
                        Map<String, Object> arguments = new HashMap<>();
                        for (Parameter<?> other : tool.fullDefinition().parameters()) {
                            if (other.isRequired()) {
                                arguments.put(other.name(), "x");
                            }
                        }
                        arguments.put(parameter.name(), value);
                        check(harness, tool.definition().name(), arguments, failures);
                    }
                }
            }
            assertThat(log.traces).isEmpty();
        }
        assertThat(failures).isEmpty();
    }

    private static void check(
            ToolHarness harness,
            String tool,
            Map<String, Object> arguments,
            List<String> failures) {
        // An imitated sandbox saves a file under its guest's name, which need not be one here.
        harness.factory.started.forEach(sandbox -> sandbox.content.clear());
        try {
            CallToolResult result = harness.call(tool, arguments);
            String text = ToolHarness.text(result);
            if (text.contains("failed inside the server")) {
                failures.add(tool + brief(arguments) + ": " + brief(text));
            }
            if (Boolean.TRUE.equals(result.isError()) && text.length() > 20_000) {
                failures.add(tool + brief(arguments) + " is answered with " + text.length());
            }
        } catch (RuntimeException | Error e) {
            failures.add(tool + brief(arguments) + ": " + e);
        }
    }

    private static String brief(Object value) {
        String text = value.toString();
        return ControlCharacters.escape(text, 200);
    }
}
