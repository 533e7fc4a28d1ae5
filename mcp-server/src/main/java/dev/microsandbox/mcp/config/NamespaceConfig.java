package dev.microsandbox.mcp.config;

import dev.microsandbox.vmm.SandboxConfig;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What holds for one namespace.
 *
 * @param sandbox the configuration of its sandboxes
 * @param run what code they may run, and for how long
 * @param session how long they live
 * @param checkpoints the limits on the checkpoints of a session
 * @param quota the limits on what the namespace may use
 */
public record NamespaceConfig(
        SandboxConfig sandbox,
        RunConfig run,
        SessionConfig session,
        CheckpointConfig checkpoints,
        QuotaConfig quota) {

    /** Begins the key of every namespace's setting. */
    static final String PREFIX = "namespaces.";

    private static final Pattern KEY =
            Pattern.compile(
                    NamespaceSetting.ALL.stream()
                            .map(setting -> Pattern.quote(setting.key()))
                            .collect(
                                    Collectors.joining(
                                            "|",
                                            "namespaces\\.([a-z0-9][a-z0-9_-]{0,62})\\.(",
                                            ")")));

    /** The namespace in a key such as {@code namespaces.team-a.cpus}; empty if there is no such. */
    static Optional<String> nameIn(String key) {
        Matcher matcher = KEY.matcher(key);
        return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    /** What a namespace has, for the error about a key that it does not have. */
    static String inWords() {
        return NamespaceSetting.ALL.stream()
                .map(NamespaceSetting::key)
                .collect(
                        Collectors.joining(
                                ", ", "; a namespace (1 to 63 of a-z, 0-9, - and _) has ", ""));
    }

    /** What holds for all namespaces that have no settings of their own. */
    static NamespaceConfig read(LimitsConfig limits, SettingValues values) {
        SandboxConfig sandbox = SandboxSettings.read(limits, values);
        return new NamespaceConfig(
                sandbox,
                RunConfig.read(values),
                SessionConfig.read(values),
                CheckpointConfig.read(values),
                QuotaConfig.read(sandbox, values));
    }

    /** The namespaces that override a setting of this one, by name. */
    Map<String, NamespaceConfig> overridden(LimitsConfig limits, SettingValues values) {
        Map<String, NamespaceConfig> namespaces = new TreeMap<>();
        for (String key : values.keys()) {
            nameIn(key)
                    .ifPresent(
                            name ->
                                    namespaces.computeIfAbsent(
                                            name, n -> ofNamespace(n, limits, values)));
        }
        return namespaces;
    }

    private NamespaceConfig ofNamespace(String name, LimitsConfig limits, SettingValues values) {
        SandboxConfig own = SandboxSettings.ofNamespace(name, sandbox, limits, values);
        return new NamespaceConfig(
                own,
                run.ofNamespace(name, values),
                session.ofNamespace(name, values),
                checkpoints.ofNamespace(name, values),
                quota.ofNamespace(name, own, values));
    }

    /** The same setting under the key {@code namespaces.NAME}. */
    static <T> Setting<T> own(String namespace, Setting<T> setting) {
        return new Setting<>(
                PREFIX + namespace + "." + NamespaceSetting.keyOf(setting),
                setting.description(),
                setting.fallback(),
                setting.parser());
    }

    /**
     * A namespace's own value of a setting, or the value of all.
     *
     * @throws ConfigException if the setting does not accept the value
     */
    static <T> T read(String namespace, Setting<T> setting, T ofAll, SettingValues values) {
        Setting<T> own = own(namespace, setting);
        return values.show(own) ? values.read(own) : ofAll;
    }
}
