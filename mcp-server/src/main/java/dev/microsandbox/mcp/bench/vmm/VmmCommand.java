package dev.microsandbox.mcp.bench.vmm;

import dev.microsandbox.mcp.bench.measure.BenchOptions;
import dev.microsandbox.mcp.command.Command;
import dev.microsandbox.mcp.command.CommandException;
import dev.microsandbox.mcp.command.CommandSpecs;
import dev.microsandbox.mcp.command.ConfigOptions;
import dev.microsandbox.mcp.command.ExitCode;
import dev.microsandbox.mcp.command.Terminal;
import dev.microsandbox.mcp.config.ServerConfig;
import dev.microsandbox.mcp.server.Images;
import dev.microsandbox.vmm.host.Accelerator;
import dev.microsandbox.vmm.host.KvmFinding;
import dev.microsandbox.vmm.host.KvmProbe;
import dev.microsandbox.vmm.host.MicroVms;
import dev.microsandbox.vmm.host.PeerMachines;
import dev.microsandbox.vmm.image.GuestAssetStore;
import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code msb bench vmm}: compares our machine with QEMU's microvm. */
public record VmmCommand(Terminal terminal) implements Command {

    private static final String RUNS = "--runs";
    private static final String MACHINES = "--machines";

    @Override
    public CommandSpec spec() {
        CommandSpec spec =
                CommandSpecs.command(
                        this,
                        "vmm",
                        "Compares our machine with QEMU's microvm on the same KVM with the"
                                + " same guest.");
        ConfigOptions.addSandbox(spec);
        BenchOptions.addTo(spec);
        spec.addOption(CommandSpecs.option("N", "How often each machine is started (5).", RUNS));
        spec.addOption(
                CommandSpecs.option(
                        "N",
                        "How many machines are alive when memory is measured (10).",
                        MACHINES));
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
                        BenchOptions.count(arguments, RUNS, 5),
                        BenchOptions.count(arguments, MACHINES, 10),
                        terminal::say);
        BenchOptions.print(terminal, arguments, report.json(), report.table());
        return ExitCode.OK;
    }
}
