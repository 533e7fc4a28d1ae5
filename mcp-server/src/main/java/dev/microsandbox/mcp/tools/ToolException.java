package dev.microsandbox.mcp.tools;

/** A call cannot be carried out. The message tells the agent why and what to do next. */
final class ToolException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    ToolException(String message) {
        super(message);
    }
}
