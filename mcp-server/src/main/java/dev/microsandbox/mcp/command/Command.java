package dev.microsandbox.mcp.command;

import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** A command of the program. It is created only when a command line names it. */
public interface Command {

    /**
     * The command's name, options and help. {@link CommandSpec#userObject} is the command itself.
     */
    CommandSpec spec();

    /**
     * Runs the command.
     *
     * @return the exit code of the process
     * @throws CommandException if the command cannot do its work
     */
    int run(ParseResult arguments) throws IOException, InterruptedException;
}
