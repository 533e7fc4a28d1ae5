package dev.microsandbox.mcp.tools.definition;

/** A call cannot be done. The message tells the agent why, and what to do next. */
public final class ToolException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public ToolException(String message) {
        super(message);
    }
}
