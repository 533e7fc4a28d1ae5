/** Wires the MCP server: connects sandboxes, sessions, tools and transports as configured. */
@NullMarked
package dev.microsandbox.mcp.server;

import org.jspecify.annotations.NullMarked;
