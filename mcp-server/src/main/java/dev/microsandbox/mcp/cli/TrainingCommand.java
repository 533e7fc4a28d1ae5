package dev.microsandbox.mcp.cli;

import dev.microsandbox.mcp.command.Command;
import dev.microsandbox.mcp.command.CommandSpecs;
import dev.microsandbox.mcp.command.ExitCode;
import dev.microsandbox.mcp.server.MicroVmFactory;
import dev.microsandbox.mcp.server.Training;
import dev.microsandbox.vmm.storage.FileTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code msb training}: what the start-up cache of servers and workers is made of. */
record TrainingCommand() implements Command {

    @Override
    public CommandSpec spec() {
        CommandSpec spec =
                CommandSpecs.command(
                        this, "training", "Runs a server and a worker once, for a start-up cache.");
        spec.usageMessage().hidden(true);
        return spec;
    }

    @Override
    public int run(ParseResult arguments) throws IOException, InterruptedException {
        Path home = Files.createTempDirectory("msb-training");
        try {
            // Not the confined machines: what follows has to be written.
            new Training(home, MicroVmFactory::of).run();
        } finally {
            FileTree.delete(home);
        }
        return ExitCode.OK;
    }
}
