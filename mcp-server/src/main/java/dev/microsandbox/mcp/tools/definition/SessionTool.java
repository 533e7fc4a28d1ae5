package dev.microsandbox.mcp.tools.definition;

import dev.microsandbox.mcp.session.SandboxSession;
import dev.microsandbox.mcp.tools.result.ToolReport;

/** A tool that acts on the session and its computers from the outside. */
public non-sealed interface SessionTool extends Tool {

    /**
     * Checks a call's arguments, so that a wrong call does nothing.
     *
     * @throws ToolException if they are wrong
     */
    Call prepare(Arguments arguments);

    /** A call whose arguments are right. */
    interface Call {

        /**
         * Carries it out.
         *
         * @throws ToolException if it cannot be done
         */
        ToolReport run(Target target) throws InterruptedException;
    }

    /**
     * What a call acts on.
     *
     * @param computer the handle; empty for the session's own
     * @param starting to be told when a sandbox is started for the call
     */
    record Target(SandboxSession session, String computer, Runnable starting) {}
}
