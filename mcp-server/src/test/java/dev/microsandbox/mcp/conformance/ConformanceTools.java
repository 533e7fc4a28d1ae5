package dev.microsandbox.mcp.conformance;

import io.modelcontextprotocol.server.McpServerFeatures.SyncToolSpecification;
import io.modelcontextprotocol.server.McpSyncServerExchange;
import io.modelcontextprotocol.spec.McpSchema.AudioContent;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.Content;
import io.modelcontextprotocol.spec.McpSchema.CreateMessageRequest;
import io.modelcontextprotocol.spec.McpSchema.ElicitFormRequest;
import io.modelcontextprotocol.spec.McpSchema.EmbeddedResource;
import io.modelcontextprotocol.spec.McpSchema.ImageContent;
import io.modelcontextprotocol.spec.McpSchema.LoggingLevel;
import io.modelcontextprotocol.spec.McpSchema.LoggingMessageNotification;
import io.modelcontextprotocol.spec.McpSchema.ProgressNotification;
import io.modelcontextprotocol.spec.McpSchema.Role;
import io.modelcontextprotocol.spec.McpSchema.SamplingMessage;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import io.modelcontextprotocol.spec.McpSchema.TextResourceContents;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/** The suite's tools. */
final class ConformanceTools {

    private static final Map<String, Object> NO_ARGUMENTS =
            Map.of("type", "object", "properties", Map.of());

    private ConformanceTools() {}

    static List<SyncToolSpecification> all() {
        return List.of(
                tool("test_simple_text", text("This is a simple text response for testing.")),
                tool("test_image_content", image()),
                tool("test_audio_content", audio()),
                tool(
                        "test_embedded_resource",
                        resource(
                                "test://embedded-resource", "text/plain", "An embedded resource.")),
                tool(
                        "test_multiple_content_types",
                        text("Multiple content types test:"),
                        image(),
                        resource(
                                "test://mixed-content-resource",
                                "application/json",
                                "{\"test\":\"data\",\"value\":123}")),
                tool("test_tool_with_logging", NO_ARGUMENTS, (exchange, call) -> log(exchange)),
                tool("test_tool_with_progress", NO_ARGUMENTS, ConformanceTools::progress),
                tool("test_error_handling", NO_ARGUMENTS, (exchange, call) -> error()),
                tool("test_sampling", oneString("prompt"), ConformanceTools::sample),
                tool("test_elicitation", oneString("message"), ConformanceTools::elicit),
                tool(
                        "test_elicitation_sep1034_defaults",
                        NO_ARGUMENTS,
                        (exchange, call) -> elicit(exchange, "All defaults", defaults())),
                tool(
                        "test_elicitation_sep1330_enums",
                        NO_ARGUMENTS,
                        (exchange, call) -> elicit(exchange, "All enums", enums())),
                tool("json_schema_2020_12_tool", schema2020(), (exchange, call) -> ok("ok")),
                tool("test_reconnection", NO_ARGUMENTS, (exchange, call) -> slowly()));
    }

    private static SyncToolSpecification tool(String name, Content... content) {
        CallToolResult result = CallToolResult.builder(List.of(content)).build();
        return tool(name, NO_ARGUMENTS, (exchange, call) -> result);
    }

    private static SyncToolSpecification tool(
            String name,
            Map<String, Object> schema,
            BiFunction<McpSyncServerExchange, CallToolRequest, CallToolResult> handler) {
        Tool tool = Tool.builder(name, schema).description("Fixture " + name).build();
        return SyncToolSpecification.builder().tool(tool).callHandler(handler).build();
    }

    private static CallToolResult log(McpSyncServerExchange exchange) {
        for (String line :
                List.of(
                        "Tool execution started",
                        "Tool processing data",
                        "Tool execution completed")) {
            exchange.loggingNotification(
                    LoggingMessageNotification.builder(LoggingLevel.INFO, line).build());
            pause(50);
        }
        return ok("Logged three lines.");
    }

    private static CallToolResult progress(McpSyncServerExchange exchange, CallToolRequest call) {
        for (int percent : List.of(0, 50, 100)) {
            if (call.progressToken() != null) {
                exchange.progressNotification(
                        ProgressNotification.builder(call.progressToken(), percent)
                                .total(100.0)
                                .build());
            }
            pause(50);
        }
        return ok("Done.");
    }

    private static CallToolResult error() {
        return CallToolResult.builder(
                        List.of(text("This tool intentionally returns an error for testing")))
                .isError(true)
                .build();
    }

    private static CallToolResult sample(McpSyncServerExchange exchange, CallToolRequest call) {
        var message = SamplingMessage.builder(Role.USER, text(argument(call, "prompt"))).build();
        var answer =
                exchange.createMessage(CreateMessageRequest.builder(List.of(message), 100).build());
        String said = answer.content() instanceof TextContent text ? text.text() : "";
        return ok("LLM response: " + said);
    }

    private static CallToolResult elicit(McpSyncServerExchange exchange, CallToolRequest call) {
        Map<String, Object> schema =
                Map.of(
                        "type",
                        "object",
                        "properties",
                        Map.of(
                                "username",
                                Map.of("type", "string", "description", "User's response"),
                                "email",
                                Map.of("type", "string", "description", "User's email address")),
                        "required",
                        List.of("username", "email"));
        return elicit(exchange, argument(call, "message"), schema);
    }

    private static CallToolResult elicit(
            McpSyncServerExchange exchange, String message, Map<String, Object> schema) {
        var answer = exchange.createElicitation(ElicitFormRequest.builder(message, schema).build());
        return ok(
                "Elicitation completed: action="
                        + answer.action()
                        + ", content="
                        + answer.content());
    }

    /** Long enough for the answer to be an event stream. */
    private static CallToolResult slowly() {
        pause(600);
        return ok("Still here.");
    }

    private static Map<String, Object> defaults() {
        return Map.of(
                "type",
                "object",
                "properties",
                Map.of(
                        "name",
                        Map.of("type", "string", "default", "John Doe"),
                        "age",
                        Map.of("type", "integer", "default", 30),
                        "score",
                        Map.of("type", "number", "default", 95.5),
                        "status",
                        Map.of(
                                "type",
                                "string",
                                "enum",
                                List.of("active", "inactive", "pending"),
                                "default",
                                "active"),
                        "verified",
                        Map.of("type", "boolean", "default", true)));
    }

    private static Map<String, Object> enums() {
        List<String> options = List.of("option1", "option2", "option3");
        List<Map<String, String>> titled =
                List.of(
                        Map.of("const", "value1", "title", "First Option"),
                        Map.of("const", "value2", "title", "Second Option"),
                        Map.of("const", "value3", "title", "Third Option"));
        return Map.of(
                "type",
                "object",
                "properties",
                Map.of(
                        "untitledSingle",
                        Map.of("type", "string", "enum", options),
                        "titledSingle",
                        Map.of("type", "string", "oneOf", titled),
                        "legacyEnum",
                        Map.of(
                                "type",
                                "string",
                                "enum",
                                List.of("opt1", "opt2", "opt3"),
                                "enumNames",
                                List.of("Option One", "Option Two", "Option Three")),
                        "untitledMulti",
                        Map.of("type", "array", "items", Map.of("type", "string", "enum", options)),
                        "titledMulti",
                        Map.of("type", "array", "items", Map.of("anyOf", titled))));
    }

    private static Map<String, Object> schema2020() {
        return Map.of(
                "$schema",
                "https://json-schema.org/draft/2020-12/schema",
                "type",
                "object",
                "$defs",
                Map.of(
                        "address",
                        Map.of(
                                "type",
                                "object",
                                "properties",
                                Map.of(
                                        "street",
                                        Map.of("type", "string"),
                                        "city",
                                        Map.of("type", "string")))),
                "properties",
                Map.of(
                        "name",
                        Map.of("type", "string"),
                        "address",
                        Map.of("$ref", "#/$defs/address")),
                "additionalProperties",
                false);
    }

    private static Map<String, Object> oneString(String name) {
        return Map.of(
                "type",
                "object",
                "properties",
                Map.of(name, Map.of("type", "string")),
                "required",
                List.of(name));
    }

    private static String argument(CallToolRequest call, String name) {
        return String.valueOf(call.arguments().get(name));
    }

    private static CallToolResult ok(String message) {
        return CallToolResult.builder(List.of(text(message))).build();
    }

    private static TextContent text(String text) {
        return TextContent.builder(text).build();
    }

    private static ImageContent image() {
        return ImageContent.builder(TestMedia.PNG, "image/png").build();
    }

    private static AudioContent audio() {
        return AudioContent.builder(TestMedia.WAV, "audio/wav").build();
    }

    private static EmbeddedResource resource(String uri, String type, String text) {
        return EmbeddedResource.builder(
                        TextResourceContents.builder(uri, text).mimeType(type).build())
                .build();
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
