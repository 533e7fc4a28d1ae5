package dev.microsandbox.mcp.cli;

import dev.microsandbox.mcp.bench.BenchCommands;
import dev.microsandbox.mcp.command.Command;
import dev.microsandbox.mcp.command.CommandSpecs;
import dev.microsandbox.mcp.command.ExitCode;
import dev.microsandbox.mcp.command.Terminal;
import dev.microsandbox.mcp.server.Machines;
import dev.microsandbox.mcp.server.Version;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Finds the command that a command line names, and runs it. */
final class CommandLines {

    private final Terminal terminal;
    private final Map<String, Supplier<CommandSpec>> commands = new LinkedHashMap<>();

    CommandLines(Terminal terminal, Machines machines) {
        this.terminal = terminal;
        commands.put("serve", () -> new ServeCommand(terminal, machines).spec());
        commands.put("stdio", () -> new StdioCommand(terminal, machines).spec());
        commands.put("training", () -> new TrainingCommand().spec());
        commands.put("run", () -> new RunCodeCommand(terminal, machines).spec());
        commands.put("exec", () -> new ExecCommand(terminal, machines).spec());
        commands.put("image", () -> new ImageCommands(terminal).spec());
        commands.put("template", () -> new TemplateCommands(terminal).spec());
        commands.put("key", () -> new KeyCommands(terminal).spec());
        commands.put("namespace", () -> new NamespaceCommands(terminal).spec());
        commands.put("status", () -> new StatusCommand(terminal).spec());
        commands.put("doctor", () -> new DoctorCommand(terminal, machines).spec());
        commands.put("config", () -> new ConfigCommand(terminal).spec());
        commands.put("bench", () -> new BenchCommands(terminal, machines).spec());
    }

    /**
     * Runs a command line.
     *
     * @return the exit code
     */
    int run(String... args) throws IOException, InterruptedException {
        CommandLine commandLine = new CommandLine(root(args));
        try {
            if (args.length > 0 && !args[0].startsWith("-") && !commands.containsKey(args[0])) {
                throw new ParameterException(commandLine, "there is no command '" + args[0] + "'");
            }
            return run(innermost(commandLine.parseArgs(args)));
        } catch (ParameterException e) {
            return misused(e);
        }
    }

    /**
     * Builds only the command that the arguments name. Help and an unknown name need all commands.
     */
    private CommandSpec root(String... args) {
        CommandSpec root =
                CommandSpecs.command(
                        this,
                        "msb",
                        "Gives every agent a computer of its own: an MCP server whose tools run in"
                                + " microVMs.");
        root.addOption(
                OptionSpec.builder("-V", "--version")
                        .versionHelp(true)
                        .description("Show the version.")
                        .build());
        root.version("msb " + Version.current());
        boolean known = args.length > 0 && commands.containsKey(args[0]);
        commands.forEach(
                (name, command) -> {
                    if (!known || name.equals(args[0])) {
                        root.addSubcommand(name, command.get());
                    }
                });
        return root;
    }

    private static ParseResult innermost(ParseResult result) {
        ParseResult inner = result;
        while (inner.hasSubcommand()) {
            inner = inner.subcommand();
        }
        return inner;
    }

    private int run(ParseResult result) throws IOException, InterruptedException {
        CommandLine commandLine = result.commandSpec().commandLine();
        if (result.isUsageHelpRequested()) {
            terminal.print(commandLine.getUsageMessage(CommandLine.Help.Ansi.OFF));
            return ExitCode.OK;
        }
        if (result.isVersionHelpRequested()) {
            terminal.print(result.commandSpec().version()[0] + System.lineSeparator());
            return ExitCode.OK;
        }
        if (result.commandSpec().userObject() instanceof Command command) {
            return command.run(result);
        }
        throw new ParameterException(
                commandLine,
                "a command is missing: "
                        + String.join(", ", result.commandSpec().subcommands().keySet()));
    }

    private int misused(ParameterException e) {
        String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
        String command = e.getCommandLine().getCommandSpec().qualifiedName();
        terminal.say(reason + ". '" + command + " --help' shows what there is.");
        return ExitCode.USAGE;
    }
}
