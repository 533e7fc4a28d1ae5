package dev.microsandbox.mcp.bench;

import dev.microsandbox.mcp.bench.front.FrontCommand;
import dev.microsandbox.mcp.bench.isolation.IsolationCommand;
import dev.microsandbox.mcp.bench.sessions.SessionsCommand;
import dev.microsandbox.mcp.bench.startup.StartupCommand;
import dev.microsandbox.mcp.bench.vmm.VmmCommand;
import dev.microsandbox.mcp.command.CommandSpecs;
import dev.microsandbox.mcp.command.Terminal;
import dev.microsandbox.mcp.server.Machines;
import picocli.CommandLine.Model.CommandSpec;

/** {@code msb bench}: runs the benchmarks. */
public record BenchCommands(Terminal terminal, Machines machines) {

    public CommandSpec spec() {
        CommandSpec spec = CommandSpecs.command(this, "bench", "Runs benchmarks.");
        spec.addSubcommand("startup", new StartupCommand(terminal).spec());
        spec.addSubcommand("vmm", new VmmCommand(terminal).spec());
        spec.addSubcommand("sessions", new SessionsCommand(terminal).spec());
        spec.addSubcommand("isolation", new IsolationCommand(terminal, machines).spec());
        spec.addSubcommand("front", new FrontCommand(terminal).spec());
        return spec;
    }
}
