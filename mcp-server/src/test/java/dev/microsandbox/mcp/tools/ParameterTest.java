package dev.microsandbox.mcp.tools;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.microsandbox.mcp.SeededCases;
import dev.microsandbox.mcp.tools.definition.Arguments;
import dev.microsandbox.mcp.tools.definition.Parameter;
import dev.microsandbox.mcp.tools.definition.Tool;
import dev.microsandbox.mcp.tools.definition.ToolDefinition;
import dev.microsandbox.mcp.tools.definition.ToolException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** A tool accepts the arguments of any call, or explains in words why it rejects them. */
class ParameterTest {

    private static final JsonMapper JSON = JsonMapper.shared();

    private static final List<ToolDefinition> TOOLS =
            ToolCatalogue.tools(Duration.ofSeconds(30)).stream().map(Tool::fullDefinition).toList();

    /** The first byte selects the tool, the rest is the arguments as JSON. */
    @FuzzTest
    void anyArgumentsAreTakenOrRefused(byte[] input) {
        if (input.length > 0) {
            Object json = read(new String(input, 1, input.length - 1, StandardCharsets.UTF_8));
            if (json instanceof Map<?, ?> arguments) {
                assertTakenOrRefused(TOOLS.get((input[0] & 0xff) % TOOLS.size()), named(arguments));
            }
        }
    }

    @Test
    void argumentsOfEverySort() {
        SeededCases.check(
                2000,
                values -> {
                    ToolDefinition tool = values.oneOf(TOOLS.toArray(ToolDefinition[]::new));
                    Map<String, Object> arguments = new HashMap<>();
                    for (Parameter<?> parameter : tool.parameters()) {
                        if (parameter.isRequired() || values.random().nextInt(3) == 0) {
                            arguments.put(
                                    parameter.name(),
                                    values.oneOf(
                                            values.text(30),
                                            values.between(-5, 100),
                                            values.between(Long.MIN_VALUE, Long.MAX_VALUE),
                                            values.random().nextDouble() * 4000,
                                            Double.POSITIVE_INFINITY,
                                            "1e999999999",
                                            "~/a",
                                            "file:///a%",
                                            "f1",
                                            true,
                                            List.of(1),
                                            Map.of()));
                        }
                    }
                    assertTakenOrRefused(tool, arguments);
                });
    }

    private static void assertTakenOrRefused(ToolDefinition tool, Map<String, Object> json) {
        try {
            Arguments arguments = Arguments.of(tool, json);
            for (Parameter<?> parameter : tool.parameters()) {
                arguments.find(parameter).ifPresent(value -> assertThat(value).isNotNull());
            }
        } catch (ToolException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    private static Object read(String json) {
        try {
            return JSON.readValue(json, Object.class);
        } catch (JacksonException e) {
            return "no JSON";
        }
    }

    private static Map<String, Object> named(Map<?, ?> arguments) {
        Map<String, Object> named = new HashMap<>();
        arguments.forEach((name, value) -> named.put(String.valueOf(name), value));
        return named;
    }
}
