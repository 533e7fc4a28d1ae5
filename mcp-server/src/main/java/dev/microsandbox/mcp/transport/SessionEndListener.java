package dev.microsandbox.mcp.transport;

/** Is notified when an MCP session ends, so that its resources can be released. */
@FunctionalInterface
public interface SessionEndListener {

    /**
     * Called once for each session that began, whatever the cause of its end: the client, a time
     * limit, a lost connection, or the server's stop. Requests of the session have been
     * interrupted, but their threads may still be running. This method may block without delaying
     * other sessions.
     *
     * @param sessionId the id that tools see as {@code exchange.sessionId()}
     */
    void sessionEnded(String sessionId);
}
