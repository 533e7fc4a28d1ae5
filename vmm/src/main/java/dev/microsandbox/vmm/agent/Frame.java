package dev.microsandbox.vmm.agent;

/**
 * One frame (docs/agent-protocol.md, section 2).
 *
 * @param stream 0 for the connection
 * @param type any value; the connection checks which types are legal
 * @param payload at most {@link Protocol#FRAME_PAYLOAD_MAX} bytes; must not be changed
 */
record Frame(int stream, int type, byte[] payload) {}
