package dev.microsandbox.mcp.cli;

import dev.microsandbox.mcp.auth.Namespaces;
import dev.microsandbox.mcp.command.Command;
import dev.microsandbox.mcp.command.CommandException;
import dev.microsandbox.mcp.command.CommandSpecs;
import dev.microsandbox.mcp.command.ExitCode;
import dev.microsandbox.mcp.server.Machines;
import dev.microsandbox.mcp.server.WorkerServer;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** {@code msb worker}: a worker of {@code msb serve}, which starts it. Not for people. */
record WorkerCommand(Machines machines) implements Command {

    private static final String HOME = "--home";
    private static final String NAMESPACE = "--namespace";

    @Override
    public CommandSpec spec() {
        CommandSpec spec =
                CommandSpecs.command(
                        this,
                        "worker",
                        "Runs the sandboxes of one namespace for 'msb serve', which starts it.");
        spec.usageMessage().hidden(true);
        spec.addOption(option(HOME, "the server's home"));
        spec.addOption(option(NAMESPACE, "the namespace"));
        return spec;
    }

    private static OptionSpec option(String name, String description) {
        return OptionSpec.builder(name)
                .type(String.class)
                .required(true)
                .description(description)
                .build();
    }

    @Override
    public int run(ParseResult arguments) throws IOException, InterruptedException {
        String home = arguments.matchedOptionValue(HOME, "");
        String namespace = arguments.matchedOptionValue(NAMESPACE, "");
        try {
            new WorkerServer(
                            Path.of(home),
                            Namespaces.validate(namespace),
                            machines,
                            ExitCode.EXHAUSTED)
                    .run();
        } catch (IllegalArgumentException e) {
            throw new CommandException(String.valueOf(e.getMessage()));
        }
        return ExitCode.OK;
    }
}
