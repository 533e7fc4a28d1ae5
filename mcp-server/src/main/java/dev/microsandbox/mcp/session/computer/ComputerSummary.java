package dev.microsandbox.mcp.session.computer;

/**
 * A computer of a session.
 *
 * @param id empty for the session's own
 * @param state in a word: running, starting, suspended, not started
 */
public record ComputerSummary(String id, String state) {}
