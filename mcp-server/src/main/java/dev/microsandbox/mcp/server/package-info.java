/**
 * The MCP server, wired: sandboxes, sessions, tools and transports as the configuration wants them.
 */
@NullMarked
package dev.microsandbox.mcp.server;

import org.jspecify.annotations.NullMarked;
