package dev.microsandbox.mcp.tools.definition;

import dev.microsandbox.mcp.session.computer.Lane;
import dev.microsandbox.mcp.session.computer.SandboxLease;
import dev.microsandbox.mcp.tools.result.ToolReport;
import java.io.IOException;
import java.util.Optional;

/** A tool that acts in a computer's sandbox. */
public non-sealed interface SandboxTool extends Tool {

    /** The lane in which calls of this tool wait for other calls. */
    default Lane lane() {
        return Lane.FREE;
    }

    /**
     * Checks a call's arguments, so that an invalid call starts no sandbox.
     *
     * @throws ToolException if the arguments are invalid
     */
    SandboxCall prepare(Arguments arguments);

    /**
     * A hint for the next call if the client cancels this one while it runs: what happened to it,
     * and what to do instead. Empty if no explanation is needed. It goes to the next call because
     * nobody reads the answer of a cancelled call.
     */
    default Optional<String> afterCancellation() {
        return Optional.empty();
    }

    /** A call with valid arguments. */
    interface SandboxCall {

        /**
         * Runs the call.
         *
         * @throws ToolException if it cannot be done
         */
        ToolReport run(SandboxLease lease) throws IOException, InterruptedException;
    }
}
