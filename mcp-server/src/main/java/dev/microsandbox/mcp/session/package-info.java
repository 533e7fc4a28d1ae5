/** Which sandbox belongs to which MCP session, how long it lives and what it may use. */
@NullMarked
package dev.microsandbox.mcp.session;

import org.jspecify.annotations.NullMarked;
