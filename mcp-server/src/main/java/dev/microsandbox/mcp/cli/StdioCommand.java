package dev.microsandbox.mcp.cli;

import dev.microsandbox.mcp.command.Command;
import dev.microsandbox.mcp.command.CommandSpecs;
import dev.microsandbox.mcp.command.ConfigOptions;
import dev.microsandbox.mcp.command.ExitCode;
import dev.microsandbox.mcp.command.Terminal;
import dev.microsandbox.mcp.server.Machines;
import dev.microsandbox.mcp.server.StdioServer;
import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code msb stdio}: {@link StdioServer} as a command with options. */
record StdioCommand(Terminal terminal, Machines machines) implements Command {

    @Override
    public CommandSpec spec() {
        CommandSpec spec =
                CommandSpecs.command(
                        this,
                        "stdio",
                        "Serves MCP to one client over standard input and output, until the input"
                                + " ends. The log goes to standard error.");
        ConfigOptions.addAll(spec);
        return spec;
    }

    @Override
    public int run(ParseResult arguments) throws IOException {
        new StdioServer(terminal.in(), terminal.out(), machines)
                .serve(ConfigOptions.read(arguments, terminal));
        return ExitCode.OK;
    }
}
