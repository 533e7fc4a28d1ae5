package dev.microsandbox.mcp.tools.definition;

/** A tool. Stateless and thread-safe. */
public sealed interface Tool permits SandboxTool, SessionTool {

    /** What it is, without the argument that says on which computer. */
    ToolDefinition definition();

    /** Whether it acts on one of the session's computers, which an argument names. */
    default boolean takesComputer() {
        return true;
    }

    /** What clients are told of it, and its arguments are read by. */
    default ToolDefinition fullDefinition() {
        return takesComputer() ? definition().withParameter(Parameter.COMPUTER) : definition();
    }
}
