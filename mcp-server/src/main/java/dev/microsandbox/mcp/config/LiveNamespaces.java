package dev.microsandbox.mcp.config;

import dev.microsandbox.vmm.SandboxConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The settings of namespaces that are in force. Those in files of their own can be read again while
 * the server runs; all other settings stay as they were when it started. Thread-safe.
 */
public final class LiveNamespaces {

    private final ServerConfig server;
    private final Value home;

    /** The explicitly given values that are in no file of a namespace. */
    private final Map<String, Value> others;

    private final NamespaceFiles files;
    private volatile InForce inForce;

    /** The values of all namespaces by their keys, and what they make. */
    private record InForce(Map<String, Value> values, Map<String, NamespaceConfig> configs) {}

    /**
     * @param own the values in the files
     */
    LiveNamespaces(
            ServerConfig server,
            Value home,
            Map<String, Value> others,
            Map<String, Value> own,
            NamespaceFiles files) {
        this.server = server;
        this.home = home;
        this.others = Map.copyOf(others);
        this.files = files;
        inForce = new InForce(ofNamespaces(with(own)), server.namespaces());
    }

    /** The directory of the files. */
    public Path directory() {
        return files.directory();
    }

    /** What holds for a namespace now. */
    public NamespaceConfig of(String namespace) {
        return inForce.configs.getOrDefault(namespace, server.ofAll());
    }

    /** The namespaces that have a setting of their own. */
    public Set<String> names() {
        return new TreeSet<>(inForce.configs.keySet());
    }

    /** The configurations that sandboxes of these namespaces may have, each once. */
    public List<SandboxConfig> sandboxes() {
        return List.copyOf(
                new LinkedHashSet<>(
                        inForce.configs.values().stream().map(NamespaceConfig::sandbox).toList()));
    }

    /** A namespace's own settings as {@code KEY=VALUE}, in the order of their keys. */
    public List<String> own(String namespace) {
        String prefix = NamespaceConfig.PREFIX + namespace + ".";
        return inForce.values.entrySet().stream()
                .filter(value -> value.getKey().startsWith(prefix))
                .map(
                        value ->
                                value.getKey().substring(prefix.length())
                                        + "="
                                        + value.getValue().text())
                .sorted()
                .toList();
    }

    /**
     * All settings of a namespace as YAML, with the origin of each in a comment. The text is a
     * valid file of a namespace.
     */
    public String toYaml(String namespace) {
        Map<String, Value> values = new LinkedHashMap<>();
        for (NamespaceSetting each : NamespaceSetting.ALL) {
            Value own = inForce.values.get(NamespaceConfig.own(namespace, each.setting()).key());
            values.put(each.key(), own == null ? ofServer(each.setting()) : own);
        }
        return YamlText.of(values);
    }

    /**
     * All settings of the server and those of one namespace, as text of a configuration file, from
     * which {@link ConfigSources#ofText} reads what is in force.
     */
    public String configurationOf(String namespace) {
        String prefix = NamespaceConfig.PREFIX + namespace + ".";
        Map<String, Value> values = new TreeMap<>(others);
        values.putAll(inForce.values);
        values.keySet()
                .removeIf(key -> key.startsWith(NamespaceConfig.PREFIX) && !key.startsWith(prefix));
        return YamlText.of(values);
    }

    /**
     * Reads the files again. They count only if all of them, and the whole that they make, are
     * right.
     *
     * @return what changed and from when it counts, in lines for people
     * @throws ConfigException if a file is wrong; what was in force stays so
     */
    public synchronized List<String> reload() {
        InForce former = inForce;
        InForce next = make(files.read());
        inForce = next;
        List<String> changes = new ArrayList<>();
        Set<String> keys = new TreeSet<>(former.values.keySet());
        keys.addAll(next.values.keySet());
        for (String key : keys) {
            Value before = former.values.get(key);
            Value after = next.values.get(key);
            if (before == null || after == null || !before.text().equals(after.text())) {
                changes.add(change(key, before, after));
            }
        }
        return changes;
    }

    /**
     * Reads each file alone, without an effect.
     *
     * @return what is wrong with the files, a line for each that is wrong
     */
    public List<String> mistakes() {
        List<String> mistakes = new ArrayList<>();
        for (Path file : files.list()) {
            try {
                make(NamespaceFiles.read(file));
            } catch (ConfigException e) {
                mistakes.add(String.valueOf(e.getMessage()));
            }
        }
        return mistakes;
    }

    private InForce make(Map<String, Value> own) {
        Map<String, Value> given = with(own);
        SettingValues values = new SettingValues(home, given);
        return new InForce(
                ofNamespaces(given),
                Map.copyOf(server.ofAll().overridden(server.limits(), values)));
    }

    private Map<String, Value> with(Map<String, Value> own) {
        Map<String, Value> given = new LinkedHashMap<>(others);
        given.putAll(own);
        return given;
    }

    private static Map<String, Value> ofNamespaces(Map<String, Value> given) {
        Map<String, Value> values = new LinkedHashMap<>(given);
        values.keySet().removeIf(Predicate.not(key -> key.startsWith(NamespaceConfig.PREFIX)));
        return values;
    }

    private String change(String key, @Nullable Value before, @Nullable Value after) {
        String namespace = NamespaceConfig.nameIn(key).orElseThrow();
        String name = key.substring(NamespaceConfig.PREFIX.length() + namespace.length() + 1);
        NamespaceSetting setting = NamespaceSetting.find(name).orElseThrow();
        return "Namespace %s: %s is now %s, and was %s. This counts %s"
                .formatted(
                        namespace,
                        name,
                        text(setting, after),
                        text(setting, before),
                        setting.since().inWords());
    }

    private String text(NamespaceSetting setting, @Nullable Value own) {
        return own != null
                ? own.text()
                : ofServer(setting.setting()).text() + ", as for all namespaces";
    }

    private Value ofServer(Setting<?> setting) {
        Value value = others.get(setting.key());
        return value != null ? value : new Value(setting.fallback(), new ValueOrigin.Default());
    }
}
