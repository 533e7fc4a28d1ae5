package dev.microsandbox.mcp.command;

import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** A command of the program. Made only when it is asked for. */
public interface Command {

    /** Its name, options and help; {@link CommandSpec#userObject} is the command itself. */
    CommandSpec spec();

    /**
     * Does it.
     *
     * @return the process's exit code
     * @throws CommandException if it cannot be done
     */
    int run(ParseResult arguments) throws IOException, InterruptedException;
}
