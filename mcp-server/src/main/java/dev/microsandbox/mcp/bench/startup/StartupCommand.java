package dev.microsandbox.mcp.bench.startup;

import dev.microsandbox.mcp.bench.measure.BenchOptions;
import dev.microsandbox.mcp.command.Command;
import dev.microsandbox.mcp.command.CommandException;
import dev.microsandbox.mcp.command.ConfigOptions;
import dev.microsandbox.mcp.command.ExitCode;
import dev.microsandbox.mcp.command.Terminal;
import dev.microsandbox.mcp.config.ServerConfig;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * {@code msb bench startup}: measures the time from the start of {@code msb stdio} to its first
 * answer.
 */
public record StartupCommand(Terminal terminal) implements Command {

    /** Set by the launcher script to its own path. */
    private static final String LAUNCHER = "microsandbox.launcher";

    private static final int ROUNDS = 10;

    @Override
    public CommandSpec spec() {
        CommandSpec spec =
                ConfigOptions.command(
                        this,
                        "startup",
                        "Measures the time from starting 'msb stdio' to its first answer,"
                                + " beside that of an MCP server on Node. Needs npm.");
        BenchOptions.addTo(spec);
        return spec;
    }

    @Override
    public int run(ParseResult arguments) throws IOException, InterruptedException {
        String launcher = System.getProperty(LAUNCHER, "");
        if (launcher.isEmpty()) {
            throw new CommandException(
                    "only the msb script can be measured: run this benchmark with it.");
        }
        ServerConfig config = ConfigOptions.read(arguments, terminal);
        Path directory = config.home().resolve("bench");
        StartupReport report = StartupBench.run(Path.of(launcher), directory, ROUNDS);
        BenchOptions.print(terminal, arguments, report.json(), report.table());
        return ExitCode.OK;
    }
}
