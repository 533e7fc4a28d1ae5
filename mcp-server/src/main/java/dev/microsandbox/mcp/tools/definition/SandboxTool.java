package dev.microsandbox.mcp.tools.definition;

import dev.microsandbox.mcp.session.computer.Lane;
import dev.microsandbox.mcp.session.computer.SandboxLease;
import dev.microsandbox.mcp.tools.result.ToolReport;
import java.io.IOException;
import java.util.Optional;

/** A tool that acts in a computer's sandbox. */
public non-sealed interface SandboxTool extends Tool {

    /** Which calls of the computer it waits for. */
    default Lane lane() {
        return Lane.FREE;
    }

    /**
     * Checks a call's arguments, so that a wrong call starts no sandbox.
     *
     * @throws ToolException if they are wrong
     */
    Call prepare(Arguments arguments);

    /**
     * What the next call is told where the client took this one back while it ran: what became of
     * it, and what to do instead. Empty where that goes without saying. Nobody reads the answer of
     * the call itself.
     */
    default Optional<String> afterCancellation() {
        return Optional.empty();
    }

    /** A call whose arguments are right. */
    interface Call {

        /**
         * Carries it out.
         *
         * @throws ToolException if it cannot be done
         */
        ToolReport run(SandboxLease lease) throws IOException, InterruptedException;
    }
}
