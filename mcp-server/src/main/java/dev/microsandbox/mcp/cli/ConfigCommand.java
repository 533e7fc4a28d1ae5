package dev.microsandbox.mcp.cli;

import dev.microsandbox.mcp.command.Command;
import dev.microsandbox.mcp.command.CommandSpecs;
import dev.microsandbox.mcp.command.ConfigOptions;
import dev.microsandbox.mcp.command.Configuration;
import dev.microsandbox.mcp.command.ExitCode;
import dev.microsandbox.mcp.command.Terminal;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code msb config}: prints the configuration in force. */
record ConfigCommand(Terminal terminal) implements Command {

    @Override
    public CommandSpec spec() {
        CommandSpec spec =
                CommandSpecs.command(
                        this,
                        "config",
                        "Prints the configuration in force as YAML, and where each value comes"
                                + " from.");
        ConfigOptions.addAll(spec);
        return spec;
    }

    @Override
    public int run(ParseResult arguments) {
        terminal.print(Configuration.effective(ConfigOptions.flags(arguments), terminal).toYaml());
        return ExitCode.OK;
    }
}
