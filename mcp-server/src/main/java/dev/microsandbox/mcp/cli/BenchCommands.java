package dev.microsandbox.mcp.cli;

import picocli.CommandLine.Model.CommandSpec;

/** {@code msb bench}: measurements. */
record BenchCommands(Terminal terminal, Machines machines) {

    CommandSpec spec() {
        CommandSpec spec = Specs.command(this, "bench", "Measures.");
        spec.addSubcommand("startup", new BenchStartup(terminal).spec());
        spec.addSubcommand("vmm", new BenchVmm(terminal).spec());
        spec.addSubcommand("sessions", new BenchSessions(terminal).spec());
        spec.addSubcommand("isolation", new BenchIsolation(terminal, machines).spec());
        return spec;
    }
}
