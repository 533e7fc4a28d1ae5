package dev.microsandbox.mcp.config;

import dev.microsandbox.vmm.SandboxConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Merges the sources of the configuration: defaults, the file, the environment, the command line. A
 * later source overrides an earlier one.
 */
public final class ConfigSources {

    /** The home directory. It cannot be set in the file, because the file is found there. */
    static final String HOME_VARIABLE = "MICROSANDBOX_HOME";

    static final String FILE_VARIABLE = "MICROSANDBOX_CONFIG";

    /**
     * The directory below the home that holds the API keys and the optional files of namespaces.
     */
    static final String NAMESPACES = "namespaces";

    /** The variable from which Unix programs take their time zone. */
    private static final String TIME_ZONE_VARIABLE = "TZ";

    /** Variables that other programs use: the tag of the container image. */
    private static final Set<String> FOREIGN_VARIABLES =
            Set.of("MICROSANDBOX_VERSION", "MICROSANDBOX_LAUNCH_SOCKET");

    private final Map<String, String> environment;
    private final Map<String, String> flags;
    private final Map<String, Value> values = new LinkedHashMap<>();
    private final List<String> warnings = new ArrayList<>();

    private ConfigSources(Map<String, String> environment, Map<String, String> flags) {
        this.environment = environment;
        this.flags = flags;
    }

    /**
     * Reads the configuration.
     *
     * @param environment the environment variables of the process
     * @param flags options by name, for example {@code --port}; {@code --home} and {@code --config}
     *     in addition to those of {@link Settings#ALL}
     * @param defaultHome the home directory unless a source sets another
     * @throws ConfigException if any source has an error
     */
    public static EffectiveConfig read(
            Map<String, String> environment, Map<String, String> flags, Path defaultHome) {
        return new ConfigSources(environment, flags).read(defaultHome);
    }

    /**
     * Reads a configuration that another process has put together with {@link
     * LiveNamespaces#configurationOf}. No file and no variable counts.
     *
     * @throws ConfigException if the text has an error
     */
    public static EffectiveConfig ofText(String text, Path home) {
        ConfigSources sources = new ConfigSources(Map.of(), Map.of());
        sources.take(ConfigFile.parse("the front's configuration", text));
        NamespaceFiles none = new NamespaceFiles(home.resolve(NAMESPACES));
        return sources.effective(home(home.toString(), new ValueOrigin.Default()), none, Map.of());
    }

    /**
     * Checks each namespace's own file alone.
     *
     * @return what is wrong, a line for each file that is
     * @throws ConfigException if another source has an error
     */
    public static List<String> mistakesOfNamespaces(
            Map<String, String> environment, Map<String, String> flags, Path defaultHome) {
        ConfigSources sources = new ConfigSources(environment, flags);
        Value home = sources.home(defaultHome);
        NamespaceFiles files = sources.readOthers(home);
        return sources.effective(home, files, Map.of()).namespaces().mistakes();
    }

    private EffectiveConfig read(Path defaultHome) {
        Value home = home(defaultHome);
        NamespaceFiles files = readOthers(home);
        return effective(home, files, files.read());
    }

    /** Reads all sources but the files of namespaces. */
    private NamespaceFiles readOthers(Value home) {
        Path homePath = Path.of(home.text());
        file(homePath).ifPresent(this::readFile);
        readEnvironment();
        for (Setting<?> setting : Settings.ALL) {
            String text = flags.get(setting.flag());
            if (text != null) {
                values.put(
                        setting.key(),
                        new Value(text, new ValueOrigin.CommandLineOption(setting.flag())));
            }
        }
        return new NamespaceFiles(homePath.resolve(NAMESPACES));
    }

    private EffectiveConfig effective(Value home, NamespaceFiles files, Map<String, Value> own) {
        Map<String, Value> all = new LinkedHashMap<>(values);
        all.putAll(own);
        SettingValues settings = new SettingValues(home, all);
        ServerConfig config = ServerConfig.read(Path.of(home.text()), settings);
        return new EffectiveConfig(
                config,
                new LiveNamespaces(config, home, values, own, files),
                settings.effective(),
                warnings);
    }

    private Value home(Path defaultHome) {
        String flag = flags.get("--home");
        if (flag != null) {
            return home(flag, new ValueOrigin.CommandLineOption("--home"));
        }
        String variable = environment.getOrDefault(HOME_VARIABLE, "");
        return variable.isEmpty()
                ? home(defaultHome.toString(), new ValueOrigin.Default())
                : home(variable, new ValueOrigin.EnvironmentVariable(HOME_VARIABLE));
    }

    private static Value home(String text, ValueOrigin origin) {
        return new Value(Path.of(text).toAbsolutePath().normalize().toString(), origin);
    }

    /** The configuration file. It must exist only if it was named explicitly. */
    private Optional<Path> file(Path home) {
        String named = flags.getOrDefault("--config", environment.getOrDefault(FILE_VARIABLE, ""));
        if (!named.isEmpty()) {
            Path path = Path.of(named);
            if (!Files.isRegularFile(path)) {
                throw new ConfigException(
                        "%s: there is no file %s"
                                .formatted(
                                        flags.containsKey("--config") ? "--config" : FILE_VARIABLE,
                                        path));
            }
            return Optional.of(path);
        }
        return Optional.of(home.resolve("config.yaml")).filter(Files::exists);
    }

    private void readFile(Path path) {
        take(ConfigFile.read(path));
    }

    private void take(Map<String, Value> file) {
        Map<String, Setting<?>> known = byKey();
        file.forEach(
                (key, value) -> {
                    if (!known.containsKey(key) && NamespaceConfig.nameIn(key).isEmpty()) {
                        throw new ConfigException(unknownKey(key, value, known.keySet()));
                    }
                    values.put(key, value);
                });
    }

    /** The error about a key that is not among those that are known. */
    static String unknownKey(String key, Value value, Set<String> known) {
        String start = "%s: there is no setting %s".formatted(value.origin(), key);
        if (key.startsWith(NamespaceConfig.PREFIX)) {
            return start + NamespaceConfig.inWords();
        }
        return start
                + Suggestion.of(key, known)
                        .map(name -> "; did you mean " + name + "?")
                        .orElse("; 'msb config' shows all there are");
    }

    private void readEnvironment() {
        for (Setting<?> setting : Settings.ALL) {
            String text = environment.getOrDefault(setting.variable(), "");
            // Compose files pass unset variables as empty ones.
            if (!text.isEmpty()) {
                values.put(
                        setting.key(),
                        new Value(text, new ValueOrigin.EnvironmentVariable(setting.variable())));
            }
        }
        readTimeZone();
        Set<String> known = new TreeSet<>(FOREIGN_VARIABLES);
        known.add(HOME_VARIABLE);
        known.add(FILE_VARIABLE);
        Settings.ALL.forEach(setting -> known.add(setting.variable()));
        for (String name : new TreeSet<>(environment.keySet())) {
            if (name.startsWith("MICROSANDBOX_") && !known.contains(name)) {
                warnings.add(
                        "the variable %s means nothing%s"
                                .formatted(
                                        name,
                                        Suggestion.of(name, known)
                                                .map(k -> "; did you mean " + k + "?")
                                                .orElse("")));
            }
        }
    }

    /** Users do not set TZ for this program alone, so an unusable value is only a warning. */
    private void readTimeZone() {
        String zone = environment.getOrDefault(TIME_ZONE_VARIABLE, "");
        Setting<String> setting = SandboxSettings.TIME_ZONE;
        if (zone.isEmpty() || values.containsKey(setting.key())) {
            return;
        }
        if (SandboxConfig.isTimeZone(zone)) {
            values.put(
                    setting.key(),
                    new Value(zone, new ValueOrigin.EnvironmentVariable(TIME_ZONE_VARIABLE)));
        } else {
            warnings.add(
                    "sandboxes stay in UTC: TZ is not a name of the tz database (%s)"
                            .formatted(zone));
        }
    }

    private static Map<String, Setting<?>> byKey() {
        Map<String, Setting<?>> settings = new HashMap<>();
        Settings.ALL.forEach(setting -> settings.put(setting.key(), setting));
        return settings;
    }
}
