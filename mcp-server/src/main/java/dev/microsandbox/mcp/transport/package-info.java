/**
 * Receives and sends MCP messages over Streamable HTTP and the older HTTP+SSE; the subpackage
 * {@code stdio} does so over standard input and output.
 *
 * <p>{@code docs/transports.md} describes sessions, cancellation, limits and status codes.
 */
@NullMarked
package dev.microsandbox.mcp.transport;

import org.jspecify.annotations.NullMarked;
