package dev.microsandbox.mcp.tools;

/** The client that made a call, as far as tools need it. Thread-safe. */
interface ToolCaller {

    /** The MCP session. */
    String sessionId();

    /** Whose session it is. */
    String namespace();

    /** Whether it asked for {@link #progress}. */
    boolean wantsProgress();

    /**
     * Tells that the call goes on.
     *
     * @param seconds since its start
     */
    void progress(double seconds, String message);

    /** Sends a line for the client's log. */
    void log(String message);
}
