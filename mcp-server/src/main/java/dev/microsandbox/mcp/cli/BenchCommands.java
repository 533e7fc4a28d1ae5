package dev.microsandbox.mcp.cli;

import dev.microsandbox.mcp.bench.StartupBench;
import dev.microsandbox.mcp.bench.StartupReport;
import dev.microsandbox.mcp.bench.VmmBench;
import dev.microsandbox.mcp.bench.VmmReport;
import dev.microsandbox.mcp.config.ServerConfig;
import dev.microsandbox.vmm.host.Accelerator;
import dev.microsandbox.vmm.host.KvmFinding;
import dev.microsandbox.vmm.host.KvmProbe;
import dev.microsandbox.vmm.host.MicroVms;
import dev.microsandbox.vmm.host.PeerMachines;
import dev.microsandbox.vmm.image.GuestAssetStore;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code msb bench}: measurements. */
record BenchCommands(Terminal terminal, Machines machines) {

    /** Set by the launcher script to its own path. */
    private static final String LAUNCHER = "microsandbox.launcher";

    static final String AS_JSON = "--json";

    private static final int ROUNDS = 10;

    CommandSpec spec() {
        CommandSpec spec = Specs.command(this, "bench", "Measures.");
        spec.addSubcommand("startup", new Startup().spec());
        spec.addSubcommand("vmm", new Vmm().spec());
        spec.addSubcommand("sessions", new BenchSessions(terminal).spec());
        spec.addSubcommand("isolation", new BenchIsolation(terminal, machines).spec());
        return spec;
    }

    private final class Startup implements Command {

        @Override
        public CommandSpec spec() {
            CommandSpec spec =
                    ConfigOptions.command(
                            this,
                            "startup",
                            "Measures the time from starting 'msb stdio' to its first answer,"
                                    + " beside that of an MCP server on Node. Needs npm.");
            spec.addOption(Specs.flag("Print one JSON object instead of a table.", AS_JSON));
            return spec;
        }

        @Override
        public int run(ParseResult arguments) throws IOException, InterruptedException {
            String launcher = System.getProperty(LAUNCHER, "");
            if (launcher.isEmpty()) {
                throw new CommandException(
                        "only the msb script can be measured: start it by that.");
            }
            ServerConfig config = ConfigOptions.read(arguments, terminal);
            Path directory = config.home().resolve("bench");
            StartupReport report = StartupBench.run(Path.of(launcher), directory, ROUNDS);
            terminal.print(
                    arguments.hasMatchedOption(AS_JSON) ? report.json() + "\n" : report.table());
            return ExitCode.OK;
        }
    }

    private final class Vmm implements Command {

        private static final String RUNS = "--runs";
        private static final String MACHINES = "--machines";

        @Override
        public CommandSpec spec() {
            CommandSpec spec =
                    Specs.command(
                            this,
                            "vmm",
                            "Measures our machine beside QEMU's microvm on the same KVM with the"
                                    + " same guest.");
            ConfigOptions.addSandbox(spec);
            spec.addOption(Specs.flag("Print one JSON object instead of a table.", AS_JSON));
            spec.addOption(Specs.option("N", "How often each is started (5).", RUNS));
            spec.addOption(
                    Specs.option(
                            "N", "How many are alive when memory is measured (10).", MACHINES));
            return spec;
        }

        @Override
        public int run(ParseResult arguments) throws IOException, InterruptedException {
            ServerConfig config = ConfigOptions.read(arguments, terminal);
            KvmFinding kvm = KvmProbe.probe();
            if (!kvm.canRun()) {
                throw new CommandException("this needs KVM. " + kvm.text());
            }
            GuestAssetStore images = Images.of(config.home());
            VmmReport report =
                    VmmBench.run(
                            MicroVms.create(images, terminal::say, Accelerator.KVM),
                            PeerMachines.qemuOnKvm(images, terminal::say, kvm),
                            config.sandbox(),
                            count(arguments, RUNS, 5),
                            count(arguments, MACHINES, 10),
                            terminal::say);
            terminal.print(
                    arguments.hasMatchedOption(AS_JSON) ? report.json() + "\n" : report.table());
            return ExitCode.OK;
        }
    }

    /** A number of runs. */
    static int count(ParseResult arguments, String option, int fallback) {
        String text = arguments.matchedOptionValue(option, Integer.toString(fallback));
        try {
            int count = Integer.parseInt(text);
            if (count >= 1 && count <= 1000) {
                return count;
            }
        } catch (NumberFormatException e) {
            // Refused below, like a number out of range.
        }
        throw new CommandException(
                "%s must be a whole number from 1 to 1000, not \"%s\"".formatted(option, text));
    }
}
