package dev.microsandbox.mcp.tools;

/** The client that made a call, reduced to what tools need. Thread-safe. */
interface ToolCaller {

    /** The id of the MCP session. */
    String sessionId();

    /** The namespace of the session. */
    String namespace();

    /** Whether the client has requested {@link #progress}. */
    boolean wantsProgress();

    /**
     * Reports that the call is still running.
     *
     * @param seconds the time since the call's start
     * @param message what the call is doing
     */
    void progress(double seconds, String message);

    /** Sends a line for the client's log. */
    void log(String message);
}
