package dev.microsandbox.mcp.tools;

import io.modelcontextprotocol.spec.McpSchema;
import java.util.List;
import java.util.Map;

/**
 * What a client is told of a tool.
 *
 * @param description for the model, at most 2 KB: clients cut longer ones
 */
record ToolDefinition(
        String name,
        String title,
        String description,
        List<Parameter<?>> parameters,
        Map<String, Object> outputSchema,
        Effect effect) {

    /** What a call may do to the sandbox. Nothing reaches the world outside it. */
    enum Effect {
        /** Changes nothing. */
        READS,
        /** May change or remove what is there. */
        CHANGES,
        /** As before, but a second call with the same arguments changes nothing more. */
        CHANGES_ONCE
    }

    McpSchema.Tool toTool() {
        return McpSchema.Tool.builder(name, inputSchema())
                .title(title)
                .description(description)
                .outputSchema(outputSchema)
                .annotations(annotations())
                .build();
    }

    private Map<String, Object> inputSchema() {
        Schema.ObjectSchema schema = Schema.object();
        for (Parameter<?> parameter : parameters) {
            if (parameter.isRequired()) {
                schema.required(parameter.name(), parameter.schema());
            } else {
                schema.optional(parameter.name(), parameter.schema());
            }
        }
        return schema.build();
    }

    private McpSchema.ToolAnnotations annotations() {
        return McpSchema.ToolAnnotations.builder()
                .title(title)
                .readOnlyHint(effect == Effect.READS)
                .destructiveHint(effect != Effect.READS)
                .idempotentHint(effect != Effect.CHANGES)
                .openWorldHint(false)
                .build();
    }
}
