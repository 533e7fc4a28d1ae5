/**
 * How MCP messages come in and go out: stdio, Streamable HTTP, and the older HTTP+SSE.
 *
 * <p>{@code docs/transports.md} describes sessions, cancellation, limits and status codes.
 */
@NullMarked
package dev.microsandbox.mcp.transport;

import org.jspecify.annotations.NullMarked;
