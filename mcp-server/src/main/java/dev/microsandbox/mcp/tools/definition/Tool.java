package dev.microsandbox.mcp.tools.definition;

/** A tool. Stateless and thread-safe. */
public sealed interface Tool permits SandboxTool, SessionTool {

    /** The definition of the tool without the argument that selects a computer. */
    ToolDefinition definition();

    /** Whether the tool acts on one of the session's computers, which an argument selects. */
    default boolean takesComputer() {
        return true;
    }

    /** The complete definition, which clients see and by which arguments are read. */
    default ToolDefinition fullDefinition() {
        return takesComputer() ? definition().withParameter(Parameter.COMPUTER) : definition();
    }
}
