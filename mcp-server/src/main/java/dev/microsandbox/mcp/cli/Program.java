package dev.microsandbox.mcp.cli;

import dev.microsandbox.mcp.config.ConfigException;
import dev.microsandbox.vmm.SandboxException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The program: finds the command, runs it, and turns every error into one line. */
final class Program {

    private final Terminal terminal;
    private final Map<String, Supplier<Command>> commands = new LinkedHashMap<>();

    Program(Terminal terminal, Machines machines) {
        this.terminal = terminal;
        commands.put("serve", () -> new ServeCommand(terminal, machines));
        commands.put("stdio", () -> new StdioCommand(terminal, machines));
        commands.put("run", () -> new RunCommand(terminal, machines));
        commands.put("exec", () -> new ExecCommand(terminal, machines));
        commands.put("image", () -> new ImageCommands(terminal));
        commands.put("key", () -> new KeyCommands(terminal));
        commands.put("doctor", () -> new DoctorCommand(terminal));
        commands.put("config", () -> new ConfigCommand(terminal));
        commands.put("bench", () -> new BenchCommands(terminal));
    }

    /**
     * Runs a command line.
     *
     * @return the exit code
     */
    int run(String... args) {
        CommandLine commandLine = new CommandLine(root(args));
        try {
            if (args.length > 0 && !args[0].startsWith("-") && !commands.containsKey(args[0])) {
                throw new ParameterException(commandLine, "there is no command '" + args[0] + "'");
            }
            return run(innermost(commandLine.parseArgs(args)));
        } catch (ParameterException e) {
            return misused(e);
        } catch (CommandException | ConfigException | SandboxException e) {
            return failed(e, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            return failed(e, e.getClass().getSimpleName() + ": " + e.getMessage());
        } catch (InterruptedException e) {
            return failed(e, "interrupted");
        } catch (RuntimeException e) {
            return failed(
                    e, "internal error: " + e + ". With MICROSANDBOX_LOG_LEVEL=debug the log says where.");
        }
    }

    /** Only the command that is asked for is built; all of them for help and for a wrong name. */
    private CommandSpec root(String... args) {
        CommandSpec root =
                Specs.command(
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
                        root.addSubcommand(name, command.get().spec());
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
        if (result.commandSpec().userObject() instanceof Command command
                && result.commandSpec().subcommands().isEmpty()) {
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

    private int failed(Exception e, String message) {
        // An error outside any command's own text may have several lines; one is asked for.
        terminal.say(message.strip());
        LoggerFactory.getLogger(Program.class).debug("The command failed", e);
        return ExitCode.FAILED;
    }
}
