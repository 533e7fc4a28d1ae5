package dev.microsandbox.mcp.conformance;

import io.modelcontextprotocol.server.McpServerFeatures.SyncCompletionSpecification;
import io.modelcontextprotocol.server.McpServerFeatures.SyncPromptSpecification;
import io.modelcontextprotocol.spec.McpSchema.CompleteResult;
import io.modelcontextprotocol.spec.McpSchema.CompleteResult.CompleteCompletion;
import io.modelcontextprotocol.spec.McpSchema.Content;
import io.modelcontextprotocol.spec.McpSchema.EmbeddedResource;
import io.modelcontextprotocol.spec.McpSchema.GetPromptRequest;
import io.modelcontextprotocol.spec.McpSchema.GetPromptResult;
import io.modelcontextprotocol.spec.McpSchema.ImageContent;
import io.modelcontextprotocol.spec.McpSchema.Prompt;
import io.modelcontextprotocol.spec.McpSchema.PromptArgument;
import io.modelcontextprotocol.spec.McpSchema.PromptMessage;
import io.modelcontextprotocol.spec.McpSchema.PromptReference;
import io.modelcontextprotocol.spec.McpSchema.Role;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import io.modelcontextprotocol.spec.McpSchema.TextResourceContents;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/** The suite's prompts, and completion of their arguments. */
final class ConformancePrompts {

    private ConformancePrompts() {}

    static List<SyncPromptSpecification> all() {
        return List.of(
                prompt(
                        "test_simple_prompt",
                        List.of(),
                        request -> says(text("This is a simple prompt for testing."))),
                prompt(
                        "test_prompt_with_arguments",
                        List.of("arg1", "arg2"),
                        request ->
                                says(
                                        text(
                                                "Prompt with arguments: arg1='%s', arg2='%s'"
                                                        .formatted(
                                                                argument(request, "arg1"),
                                                                argument(request, "arg2"))))),
                prompt(
                        "test_prompt_with_embedded_resource",
                        List.of("resourceUri"),
                        request ->
                                says(
                                        resource(argument(request, "resourceUri")),
                                        text("Please process the embedded resource above."))),
                prompt(
                        "test_prompt_with_image",
                        List.of(),
                        request ->
                                says(
                                        ImageContent.builder(TestMedia.PNG, "image/png").build(),
                                        text("Please analyze the image above."))));
    }

    static List<SyncCompletionSpecification> completions() {
        return List.of(
                new SyncCompletionSpecification(
                        PromptReference.builder("test_prompt_with_arguments").build(),
                        (exchange, request) ->
                                new CompleteResult(
                                        new CompleteCompletion(
                                                Stream.of("paris", "park", "party")
                                                        .filter(
                                                                word ->
                                                                        word.startsWith(
                                                                                request.argument()
                                                                                        .value()))
                                                        .toList(),
                                                3,
                                                false))));
    }

    private static SyncPromptSpecification prompt(
            String name, List<String> arguments, Function<GetPromptRequest, GetPromptResult> body) {
        Prompt prompt =
                Prompt.builder(name)
                        .description("Fixture " + name)
                        .arguments(
                                arguments.stream()
                                        .map(
                                                argument ->
                                                        PromptArgument.builder(argument)
                                                                .description("An argument")
                                                                .required(true)
                                                                .build())
                                        .toList())
                        .build();
        return new SyncPromptSpecification(prompt, (exchange, request) -> body.apply(request));
    }

    private static GetPromptResult says(Content... contents) {
        return GetPromptResult.builder(
                        Arrays.stream(contents)
                                .map(content -> PromptMessage.builder(Role.USER, content).build())
                                .toList())
                .build();
    }

    private static String argument(GetPromptRequest request, String name) {
        return String.valueOf(request.arguments().get(name));
    }

    private static TextContent text(String text) {
        return TextContent.builder(text).build();
    }

    private static EmbeddedResource resource(String uri) {
        return EmbeddedResource.builder(
                        TextResourceContents.builder(uri, "Embedded resource content for testing.")
                                .mimeType("text/plain")
                                .build())
                .build();
    }
}
