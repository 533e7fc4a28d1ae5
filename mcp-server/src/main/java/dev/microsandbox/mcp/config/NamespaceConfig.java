package dev.microsandbox.mcp.config;

import dev.microsandbox.vmm.SandboxConfig;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What holds for one namespace.
 *
 * @param sandbox the configuration of its sandboxes
 * @param quota the limits on what it may use
 */
public record NamespaceConfig(SandboxConfig sandbox, QuotaConfig quota) {

    /** Begins the key of every namespace's setting. */
    static final String PREFIX = "namespaces.";

    private static final String SANDBOX_PREFIX = "sandbox.";

    /** The server's settings that a namespace can override. */
    static final List<Setting<?>> SETTINGS =
            Stream.concat(
                            Stream.of(
                                    SandboxSettings.IMAGE,
                                    SandboxSettings.CPUS,
                                    SandboxSettings.MEMORY),
                            QuotaConfig.SETTINGS.stream())
                    .<Setting<?>>map(setting -> setting)
                    .toList();

    private static final Pattern KEY =
            Pattern.compile(
                    SETTINGS.stream()
                            .map(setting -> Pattern.quote(shortKey(setting)))
                            .collect(
                                    Collectors.joining(
                                            "|",
                                            "namespaces\\.([a-z0-9][a-z0-9_-]{0,62})\\.(",
                                            ")")));

    private static final Pattern NAMED =
            Pattern.compile("namespaces\\.([a-z0-9][a-z0-9_-]{0,62})\\..*");

    /** The namespace in a key such as {@code namespaces.team-a.cpus}; empty if there is no such. */
    static Optional<String> nameIn(String key) {
        Matcher matcher = KEY.matcher(key);
        return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    /** What a namespace has, for the error about a key that it does not have. */
    static String inWords(String key) {
        String all = "; a namespace (1 to 63 of a-z, 0-9, - and _) has image, cpus and memory";
        return NAMED.matcher(key).matches()
                ? all
                        + ", and in quota: sessions, sandboxes, cpus, memory, disk and"
                        + " calls_per_minute"
                : all;
    }

    /** The namespaces that override a setting of {@code ofAll}, by name. */
    static Map<String, NamespaceConfig> read(
            NamespaceConfig ofAll, LimitsConfig limits, SettingValues values) {
        Map<String, NamespaceConfig> namespaces = new TreeMap<>();
        for (String key : values.keys()) {
            nameIn(key)
                    .ifPresent(
                            name ->
                                    namespaces.computeIfAbsent(
                                            name, n -> ofAll.ofNamespace(n, limits, values)));
        }
        return namespaces;
    }

    private NamespaceConfig ofNamespace(String name, LimitsConfig limits, SettingValues values) {
        SandboxConfig own = SandboxSettings.ofNamespace(name, sandbox, limits, values);
        return new NamespaceConfig(own, quota.ofNamespace(name, own, values));
    }

    /** The same setting under the key {@code namespaces.NAME}. */
    static <T> Setting<T> own(String namespace, Setting<T> setting) {
        return new Setting<>(
                PREFIX + namespace + "." + shortKey(setting),
                setting.description(),
                setting.fallback(),
                setting.parser());
    }

    /** The key of a setting in the file of a namespace. */
    static String shortKey(Setting<?> setting) {
        String key = setting.key();
        return key.startsWith(SANDBOX_PREFIX) ? key.substring(SANDBOX_PREFIX.length()) : key;
    }
}
