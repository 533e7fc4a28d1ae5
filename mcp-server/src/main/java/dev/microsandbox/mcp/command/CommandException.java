package dev.microsandbox.mcp.command;

/** A command cannot do its work. The message tells the user why, and what to do. */
public final class CommandException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public CommandException(String message) {
        super(message);
    }
}
