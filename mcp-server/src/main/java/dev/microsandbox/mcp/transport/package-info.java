/**
 * How MCP messages come in and go out: over Streamable HTTP and the older HTTP+SSE here, over
 * standard input and output in {@code stdio}.
 *
 * <p>{@code docs/transports.md} describes sessions, cancellation, limits and status codes.
 */
@NullMarked
package dev.microsandbox.mcp.transport;

import org.jspecify.annotations.NullMarked;
