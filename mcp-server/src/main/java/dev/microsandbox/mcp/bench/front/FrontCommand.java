package dev.microsandbox.mcp.bench.front;

import dev.microsandbox.mcp.bench.measure.BenchOptions;
import dev.microsandbox.mcp.command.Command;
import dev.microsandbox.mcp.command.CommandException;
import dev.microsandbox.mcp.command.CommandSpecs;
import dev.microsandbox.mcp.command.ConfigOptions;
import dev.microsandbox.mcp.command.ExitCode;
import dev.microsandbox.mcp.command.Terminal;
import dev.microsandbox.mcp.config.ServerConfig;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code msb bench front}: what a process for each namespace costs. */
public record FrontCommand(Terminal terminal) implements Command {

    /** Set by the launcher script to its own path. */
    private static final String LAUNCHER = "microsandbox.launcher";

    private static final String RUNS = "--runs";
    private static final String SESSIONS = "--sessions";

    private static final int ROUNDS = 3;
    private static final int IDLE_SESSIONS = 1000;

    @Override
    public CommandSpec spec() {
        CommandSpec spec =
                ConfigOptions.command(
                        this,
                        "front",
                        "Measures light calls through a front and its worker, beside those of a"
                                + " server that does everything in one process.");
        BenchOptions.addTo(spec);
        spec.addOption(CommandSpecs.option("N", "Number of measurements (3).", RUNS));
        spec.addOption(
                CommandSpecs.option(
                        "N",
                        "Idle sessions when the front's memory is measured (1000).",
                        SESSIONS));
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
        FrontReport report =
                new FrontBench(
                                Path.of(launcher),
                                config.home().resolve("assets"),
                                BenchOptions.count(arguments, RUNS, ROUNDS),
                                BenchOptions.count(arguments, SESSIONS, IDLE_SESSIONS))
                        .run();
        BenchOptions.print(terminal, arguments, report.json(), report.table());
        return ExitCode.OK;
    }
}
