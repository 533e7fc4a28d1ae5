package dev.microsandbox.mcp.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.microsandbox.mcp.command.Command;
import dev.microsandbox.mcp.command.CommandException;
import dev.microsandbox.mcp.command.CommandSpecs;
import dev.microsandbox.mcp.command.ConfigOptions;
import dev.microsandbox.mcp.command.ExitCode;
import dev.microsandbox.mcp.command.Terminal;
import dev.microsandbox.mcp.command.TimeoutOption;
import dev.microsandbox.mcp.config.ServerConfig;
import dev.microsandbox.mcp.server.Machines;
import dev.microsandbox.vmm.RunRequest;
import dev.microsandbox.vmm.RunResult;
import dev.microsandbox.vmm.RunResult.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code msb run}: runs code in a fresh sandbox. */
record RunCodeCommand(Terminal terminal, Machines machines) implements Command {

    private static final String LANGUAGE = "--language";

    @Override
    public CommandSpec spec() {
        CommandSpec spec =
                CommandSpecs.command(
                        this,
                        "run",
                        "Runs code in a fresh sandbox, and prints its output and the value"
                                + " of its last expression. The exit code is the code's.");
        spec.addOption(
                CommandSpecs.option(
                        "LANGUAGE",
                        "For example python, javascript or c (from the file's extension,"
                                + " else python).",
                        "-l",
                        LANGUAGE));
        spec.addOption(TimeoutOption.option());
        spec.addPositional(
                CommandSpecs.argument(
                        "CODE|FILE|-",
                        "The code; or a file, if one of that name exists; or - for"
                                + " standard input."));
        ConfigOptions.addSandbox(spec);
        return spec;
    }

    @Override
    public int run(ParseResult arguments) throws IOException, InterruptedException {
        String argument = arguments.matchedPositionalValue(0, "");
        Optional<Path> file = file(argument);
        String code = code(argument, file);
        String language =
                arguments.matchedOptionValue(
                        LANGUAGE, file.flatMap(RunCodeCommand::languageOf).orElse("python"));
        RunRequest request =
                RunRequest.of(language, code).withTimeout(TimeoutOption.read(arguments));
        ServerConfig config = ConfigOptions.read(arguments, terminal);
        try (OneSandbox sandbox = OneSandbox.start(config, machines, terminal)) {
            PrintingListener listener = new PrintingListener(terminal);
            RunResult result = sandbox.get().run(request, listener);
            if (!result.errorName().isEmpty() && !listener.hasComplained()) {
                terminal.err().println(result.errorName() + ": " + result.errorText());
            }
            return exitCode(result);
        }
    }

    private String code(String argument, Optional<Path> file) throws IOException {
        if (argument.equals("-")) {
            return new String(terminal.in().readAllBytes(), UTF_8);
        }
        if (file.isEmpty()) {
            return argument;
        }
        try {
            return new String(Files.readAllBytes(file.get()), UTF_8);
        } catch (IOException e) {
            throw new CommandException("%s cannot be read: %s".formatted(argument, e.getMessage()));
        }
    }

    private static Optional<Path> file(String argument) {
        if (argument.contains("\n")) {
            return Optional.empty();
        }
        try {
            return Optional.of(Path.of(argument)).filter(Files::isRegularFile);
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    private static Optional<String> languageOf(Path file) {
        String name = file.toString();
        String extension = name.substring(name.lastIndexOf('.') + 1);
        return switch (extension) {
            case "py" -> Optional.of("python");
            case "js", "mjs", "cjs" -> Optional.of("javascript");
            case "sh", "bash" -> Optional.of("shell");
            case "ts" -> Optional.of("typescript");
            case "c" -> Optional.of("c");
            case "cc", "cpp", "cxx" -> Optional.of("cpp");
            case "go" -> Optional.of("go");
            case "java" -> Optional.of("java");
            case "r", "R" -> Optional.of("r");
            case "rb" -> Optional.of("ruby");
            default -> Optional.empty();
        };
    }

    private static int exitCode(RunResult result) {
        if (result.exit().timedOut() || result.outcome() == Outcome.INTERPRETER_ENDED) {
            return ExitCode.of(result.exit());
        }
        return result.outcome() == Outcome.FINISHED
                ? Math.clamp(result.status(), 0, 255)
                : ExitCode.FAILED;
    }
}
