package dev.microsandbox.mcp.command;

import dev.microsandbox.mcp.config.ServerConfig;
import dev.microsandbox.mcp.config.Setting;
import dev.microsandbox.mcp.config.Settings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The settings as options of a command. */
public final class ConfigOptions {

    private static final String HOME = "--home";
    private static final String FILE = "--config";

    private ConfigOptions() {}

    /** A command with {@code --home} and {@code --config}. */
    public static CommandSpec command(Command command, String name, String description) {
        CommandSpec spec = CommandSpecs.command(command, name, description);
        addPlaces(spec);
        return spec;
    }

    private static void addPlaces(CommandSpec spec) {
        spec.addOption(
                CommandSpecs.option(
                        "DIR",
                        "The home directory of images, keys, sessions and settings"
                                + " (~/.microsandbox).",
                        HOME));
        spec.addOption(CommandSpecs.option("FILE", "The configuration file.", FILE));
    }

    /** Adds the options of all settings. */
    public static void addAll(CommandSpec spec) {
        add(spec, setting -> true);
    }

    /** Adds the options that apply to one sandbox without a server. */
    public static void addSandbox(CommandSpec spec) {
        add(
                spec,
                setting ->
                        setting.key().startsWith("sandbox.")
                                || List.of("accelerator", "log_level").contains(setting.key()));
    }

    private static void add(CommandSpec spec, Predicate<Setting<?>> which) {
        addPlaces(spec);
        Settings.ALL.stream().filter(which).forEach(setting -> spec.addOption(option(setting)));
    }

    private static OptionSpec option(Setting<?> setting) {
        String defaults = setting.fallback().isEmpty() ? "" : " (" + setting.fallback() + ")";
        OptionSpec.Builder option =
                OptionSpec.builder(setting.flag())
                        .paramLabel("VALUE")
                        .type(String.class)
                        .description(setting.description() + defaults + ".");
        // A boolean option without a value means true.
        if (List.of("true", "false").contains(setting.fallback())) {
            option.arity("0..1").fallbackValue("true");
        }
        return option.build();
    }

    /** Reads the configuration, as {@link Configuration#read}. */
    public static ServerConfig read(ParseResult arguments, Terminal terminal) {
        return Configuration.read(flags(arguments), terminal);
    }

    /** The given options by name. */
    public static Map<String, String> flags(ParseResult arguments) {
        Map<String, String> flags = new HashMap<>();
        for (OptionSpec option : arguments.matchedOptions()) {
            if (option.getValue() instanceof String value) {
                flags.put(option.longestName(), value);
            }
        }
        return flags;
    }
}
