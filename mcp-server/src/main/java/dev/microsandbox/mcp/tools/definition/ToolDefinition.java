package dev.microsandbox.mcp.tools.definition;

import dev.microsandbox.mcp.tools.result.ResultKey;
import dev.microsandbox.mcp.tools.result.ToolReport;
import dev.microsandbox.mcp.tools.schema.Schema;
import io.modelcontextprotocol.spec.McpSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The definition of a tool as clients see it.
 *
 * @param name the name of the tool
 * @param title the title for people
 * @param description the description for the model, at most 2 KB, because clients cut longer ones
 * @param parameters the parameters
 * @param results the keys of a result, the status first
 * @param effect what a call may do to the sandbox
 */
public record ToolDefinition(
        String name,
        String title,
        String description,
        List<Parameter<?>> parameters,
        List<ResultKey<?>> results,
        Effect effect) {

    /** What a call may do to the sandbox. No call affects anything outside it. */
    public enum Effect {
        /** Changes nothing. */
        READS,
        /** Adds something and leaves everything else as it is. */
        ADDS,
        /** May change or remove existing state. */
        CHANGES,
        /**
         * Like {@link #CHANGES}, but a second call with the same arguments changes nothing more.
         */
        CHANGES_ONCE
    }

    /** A copy with one more parameter at the end. */
    ToolDefinition withParameter(Parameter<?> parameter) {
        List<Parameter<?>> all = new ArrayList<>(parameters);
        all.add(parameter);
        return new ToolDefinition(name, title, description, List.copyOf(all), results, effect);
    }

    public McpSchema.Tool toTool() {
        return McpSchema.Tool.builder(name, inputSchema())
                .title(title)
                .description(description)
                .outputSchema(ToolReport.schema(results))
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
                .destructiveHint(effect == Effect.CHANGES || effect == Effect.CHANGES_ONCE)
                .idempotentHint(effect == Effect.READS || effect == Effect.CHANGES_ONCE)
                .openWorldHint(false)
                .build();
    }
}
