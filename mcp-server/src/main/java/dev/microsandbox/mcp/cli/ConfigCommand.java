package dev.microsandbox.mcp.cli;

import dev.microsandbox.mcp.config.EffectiveConfig;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code msb config}: the configuration in force. */
final class ConfigCommand implements Command {

    private final Terminal terminal;

    ConfigCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public CommandSpec spec() {
        CommandSpec spec =
                Specs.command(
                        this,
                        "config",
                        "Prints the configuration in force as YAML, and where each value comes"
                                + " from.");
        ConfigOptions.addAll(spec);
        return spec;
    }

    @Override
    public int run(ParseResult arguments) {
        EffectiveConfig effective = ConfigOptions.effective(arguments, terminal);
        effective.warnings().forEach(terminal::say);
        terminal.print(effective.toYaml());
        return ExitCode.OK;
    }
}
