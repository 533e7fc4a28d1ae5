package dev.microsandbox.mcp.tools.definition;

import dev.microsandbox.mcp.session.SandboxSession;
import dev.microsandbox.mcp.tools.result.ToolReport;

/** A tool that acts on the session and its computers from the outside. */
public non-sealed interface SessionTool extends Tool {

    /**
     * Checks a call's arguments, so that an invalid call has no effect.
     *
     * @throws ToolException if the arguments are invalid
     */
    SessionCall prepare(Arguments arguments);

    /** A call with valid arguments. */
    interface SessionCall {

        /**
         * Runs the call.
         *
         * @throws ToolException if it cannot be done
         */
        ToolReport run(Target target) throws InterruptedException;
    }

    /**
     * The session and the computer on which a call acts.
     *
     * @param session the session
     * @param computer the handle of the computer; empty for the session's own
     * @param starting the call runs it when it starts a sandbox
     */
    record Target(SandboxSession session, String computer, Runnable starting) {}
}
