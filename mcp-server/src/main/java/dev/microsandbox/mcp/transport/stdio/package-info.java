/** MCP over standard input and output: a message a line. */
@NullMarked
package dev.microsandbox.mcp.transport.stdio;

import org.jspecify.annotations.NullMarked;
