package dev.microsandbox.mcp.command;

import dev.microsandbox.mcp.config.ConfigSources;
import dev.microsandbox.mcp.config.EffectiveConfig;
import dev.microsandbox.mcp.config.ServerConfig;
import dev.microsandbox.mcp.log.LogConfigurator;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Reads the configuration for a command. */
public final class Configuration {

    private Configuration() {}

    /**
     * Reads the configuration, prints its warnings, and sets the log level.
     *
     * @param flags command-line options by name
     */
    public static ServerConfig read(Map<String, String> flags, Terminal terminal) {
        EffectiveConfig effective = effective(flags, terminal);
        LogConfigurator.setLevel(effective.config().logLevel());
        return effective.config();
    }

    /** Reads the configuration with the origins of its values, and prints its warnings. */
    public static EffectiveConfig effective(Map<String, String> flags, Terminal terminal) {
        EffectiveConfig effective =
                ConfigSources.read(terminal.environment(), flags, defaultHome());
        effective.warnings().forEach(terminal::say);
        return effective;
    }

    /** What is wrong with the files of namespaces, a line for each file that is wrong. */
    public static List<String> mistakesOfNamespaces(Map<String, String> flags, Terminal terminal) {
        return ConfigSources.mistakesOfNamespaces(terminal.environment(), flags, defaultHome());
    }

    private static Path defaultHome() {
        return Path.of(System.getProperty("user.home", "/root")).resolve(".microsandbox");
    }
}
