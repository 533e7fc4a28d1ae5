package dev.microsandbox.mcp.config;

import dev.microsandbox.vmm.SandboxConfig;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
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

    private static final String NAMESPACE_SUFFIX = ".yaml";

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

    private EffectiveConfig read(Path defaultHome) {
        Value home = home(defaultHome);
        Path homePath = Path.of(home.text()).toAbsolutePath().normalize();
        file(homePath).ifPresent(this::readFile);
        readNamespaces(homePath.resolve(NAMESPACES));
        readEnvironment();
        for (Setting<?> setting : Settings.ALL) {
            String text = flags.get(setting.flag());
            if (text != null) {
                values.put(
                        setting.key(),
                        new Value(text, new ValueOrigin.CommandLineOption(setting.flag())));
            }
        }
        SettingValues settings =
                new SettingValues(new Value(homePath.toString(), home.origin()), values);
        ServerConfig config = ServerConfig.read(homePath, settings);
        return new EffectiveConfig(config, settings.effective(), warnings);
    }

    private Value home(Path defaultHome) {
        String flag = flags.get("--home");
        if (flag != null) {
            return new Value(flag, new ValueOrigin.CommandLineOption("--home"));
        }
        String variable = environment.getOrDefault(HOME_VARIABLE, "");
        return variable.isEmpty()
                ? new Value(defaultHome.toString(), new ValueOrigin.Default())
                : new Value(variable, new ValueOrigin.EnvironmentVariable(HOME_VARIABLE));
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
        Map<String, Value> file = ConfigFile.read(path);
        Map<String, Setting<?>> known = byKey();
        file.forEach(
                (key, value) -> {
                    if (!known.containsKey(key) && NamespaceConfig.nameIn(key).isEmpty()) {
                        throw new ConfigException(unknownKey(key, value, known));
                    }
                    values.put(key, value);
                });
    }

    /**
     * Reads the files {@code NAME.yaml}. Each holds the settings of a namespace and overrides the
     * configuration file.
     */
    private void readNamespaces(Path directory) {
        if (!Files.isDirectory(directory)) {
            return;
        }
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> found =
                Files.newDirectoryStream(directory, "*" + NAMESPACE_SUFFIX)) {
            found.forEach(files::add);
        } catch (IOException | DirectoryIteratorException e) {
            throw new ConfigException("%s cannot be read: %s".formatted(directory, e.getMessage()));
        }
        files.sort(Comparator.naturalOrder());
        Map<String, Setting<?>> known = byKey();
        for (Path file : files) {
            String fileName = file.getFileName().toString();
            String name = fileName.substring(0, fileName.length() - NAMESPACE_SUFFIX.length());
            String prefix = "namespaces." + name + ".";
            if (NamespaceConfig.nameIn(prefix + "image").isEmpty()) {
                throw new ConfigException(
                        file + ": a namespace is 1 to 63 of a-z, 0-9, - and _; rename the file");
            }
            ConfigFile.read(file)
                    .forEach(
                            (key, value) -> {
                                if (NamespaceConfig.nameIn(prefix + key).isEmpty()) {
                                    throw new ConfigException(
                                            unknownKey(prefix + key, value, known));
                                }
                                values.put(prefix + key, value);
                            });
        }
    }

    private static String unknownKey(String key, Value value, Map<String, Setting<?>> known) {
        String start = "%s: there is no setting %s".formatted(value.origin(), key);
        if (key.startsWith("namespaces.")) {
            return start + NamespaceConfig.inWords(key);
        }
        return start
                + Suggestion.of(key, known.keySet())
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
