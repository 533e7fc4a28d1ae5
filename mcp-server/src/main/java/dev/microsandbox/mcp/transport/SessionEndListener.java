package dev.microsandbox.mcp.transport;

/** Learns that an MCP session is over, so that what belongs to it can be released. */
@FunctionalInterface
public interface SessionEndListener {

    /**
     * Called once for each session that began, whatever ended it: the client, a time limit, a lost
     * connection, or the server's stop. Requests of the session may still be on their way out; they
     * have been interrupted. May block; other sessions are not held up.
     *
     * @param sessionId the id that tools see as {@code exchange.sessionId()}
     */
    void sessionEnded(String sessionId);
}
