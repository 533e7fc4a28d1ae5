package dev.microsandbox.mcp.session.computer;

/**
 * A computer of a session.
 *
 * @param id its id; empty for the session's own computer
 * @param state its state in words: running, starting, suspended, not started
 */
public record ComputerSummary(String id, String state) {}
