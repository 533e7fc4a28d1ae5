package dev.microsandbox.mcp.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The configuration in force, and where each value comes from. */
public final class EffectiveConfig {

    private final ServerConfig config;
    private final LiveNamespaces namespaces;
    private final Map<String, Value> values;
    private final List<String> warnings;

    EffectiveConfig(
            ServerConfig config,
            LiveNamespaces namespaces,
            Map<String, Value> values,
            List<String> warnings) {
        this.config = config;
        this.namespaces = namespaces;
        this.values = new LinkedHashMap<>(values);
        this.warnings = List.copyOf(warnings);
    }

    public ServerConfig config() {
        return config;
    }

    /** The settings of namespaces, which can change while a server runs. */
    public LiveNamespaces namespaces() {
        return namespaces;
    }

    /** Problems that are not errors. */
    public List<String> warnings() {
        return warnings;
    }

    /**
     * The configuration as YAML with each value's origin in a comment. The text is a valid
     * configuration file.
     */
    public String toYaml() {
        return YamlText.of(values);
    }
}
