package dev.microsandbox.mcp.tools.definition;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The arguments of one call by their canonical names. */
public final class Arguments {

    private final Map<String, Object> values;

    private Arguments(Map<String, Object> values) {
        this.values = values;
    }

    /**
     * Assigns a call's arguments to the parameters of its tool.
     *
     * @param json the arguments as the client sent them
     * @throws ToolException if an argument is missing, unknown or given twice
     */
    public static Arguments of(ToolDefinition tool, @Nullable Map<String, Object> json) {
        Map<String, Object> values = new HashMap<>();
        (json == null ? Map.<String, Object>of() : json)
                .forEach(
                        (name, value) -> {
                            Parameter<?> parameter = find(tool, name);
                            // Some clients send null for arguments that they omit.
                            if (value != null) {
                                Object before = values.putIfAbsent(parameter.name(), value);
                                if (before != null && !before.equals(value)) {
                                    throw new ToolException(
                                            "%s is given twice; use %s only."
                                                    .formatted(name, parameter.name()));
                                }
                            }
                        });
        for (Parameter<?> parameter : tool.parameters()) {
            if (parameter.isRequired() && !values.containsKey(parameter.name())) {
                throw new ToolException(
                        "%s needs the argument %s.".formatted(tool.name(), parameter.name()));
            }
        }
        return new Arguments(values);
    }

    private static Parameter<?> find(ToolDefinition tool, String name) {
        for (Parameter<?> parameter : tool.parameters()) {
            if (parameter.name().equals(name) || parameter.aliases().contains(name)) {
                return parameter;
            }
        }
        List<String> names = tool.parameters().stream().map(Parameter::name).toList();
        throw new ToolException(
                "%s has no argument %s. It takes: %s."
                        .formatted(
                                tool.name(),
                                name.length() <= 60 ? name : name.substring(0, 60) + "…",
                                names.isEmpty() ? "none" : String.join(", ", names)));
    }

    /** The value of an argument that is required or has a default. */
    public <T> T get(Parameter<T> parameter) {
        return find(parameter).orElseThrow();
    }

    /** The value of an argument, or its default; empty if there is neither. */
    public <T> Optional<T> find(Parameter<T> parameter) {
        Object json = values.get(parameter.name());
        if (json != null) {
            return Optional.of(parameter.read(json));
        }
        return Optional.ofNullable(parameter.fallback());
    }

    /** Whether the client gave the argument. */
    public boolean has(Parameter<?> parameter) {
        return values.containsKey(parameter.name());
    }
}
