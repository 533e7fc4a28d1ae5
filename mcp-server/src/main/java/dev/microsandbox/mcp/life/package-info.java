/**
 * How long MCP sessions live: begun by a transport, with computers that belong to them, they are
 * ended here and nowhere else. Knows neither transports nor computers; both know it.
 */
@NullMarked
package dev.microsandbox.mcp.life;

import org.jspecify.annotations.NullMarked;
