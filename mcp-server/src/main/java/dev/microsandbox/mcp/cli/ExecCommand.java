package dev.microsandbox.mcp.cli;

import dev.microsandbox.mcp.command.Command;
import dev.microsandbox.mcp.command.CommandSpecs;
import dev.microsandbox.mcp.command.ConfigOptions;
import dev.microsandbox.mcp.command.ExitCode;
import dev.microsandbox.mcp.command.Terminal;
import dev.microsandbox.mcp.command.TimeoutOption;
import dev.microsandbox.mcp.config.ServerConfig;
import dev.microsandbox.mcp.server.Machines;
import dev.microsandbox.vmm.ExecRequest;
import dev.microsandbox.vmm.Exit;
import dev.microsandbox.vmm.GuestProcess;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code msb exec}: runs a command in a fresh sandbox. */
record ExecCommand(Terminal terminal, Machines machines) implements Command {

    private static final Logger log = LoggerFactory.getLogger(ExecCommand.class);

    private static final String CWD = "--cwd";

    @Override
    public CommandSpec spec() {
        CommandSpec spec =
                CommandSpecs.command(
                        this,
                        "exec",
                        "Runs a command in a fresh sandbox, and passes it this command's"
                                + " input unless that is a terminal. The exit code is the command's.");
        spec.addOption(
                CommandSpecs.option("DIR", "Working directory in the sandbox (/workspace).", CWD));
        spec.addOption(TimeoutOption.option());
        spec.addPositional(
                PositionalParamSpec.builder()
                        .index("0..*")
                        .arity("1..*")
                        .required(true)
                        .paramLabel("CMD")
                        .type(List.class)
                        .auxiliaryTypes(String.class)
                        .description("The command and its arguments.")
                        .build());
        ConfigOptions.addSandbox(spec);
        // Options after the command's name belong to the command.
        spec.parser().stopAtPositional(true);
        return spec;
    }

    @Override
    public int run(ParseResult arguments) throws IOException, InterruptedException {
        List<String> command = arguments.matchedPositionalValue(0, List.of());
        ExecRequest request =
                ExecRequest.of(command.toArray(String[]::new))
                        .withDirectory(arguments.matchedOptionValue(CWD, null))
                        .withTimeout(TimeoutOption.read(arguments));
        ServerConfig config = ConfigOptions.read(arguments, terminal);
        try (OneSandbox sandbox = OneSandbox.start(config, machines, terminal)) {
            GuestProcess process = sandbox.get().start(request);
            passInput(process.stdin());
            Exit exit = process.await(new PrintingListener(terminal));
            return ExitCode.of(exit);
        }
    }

    /**
     * Copies the input on its own thread, so that the end of the command does not wait for more
     * input.
     */
    private void passInput(OutputStream stdin) throws IOException {
        if (terminal.isInputTyped()) {
            stdin.close();
            return;
        }
        Thread.ofPlatform()
                .daemon()
                .name("stdin")
                .start(
                        () -> {
                            try (stdin) {
                                terminal.in().transferTo(stdin);
                            } catch (IOException e) {
                                log.debug("The rest of the input is not copied", e);
                            }
                        });
    }
}
