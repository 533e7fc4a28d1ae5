/** Limits the memory for messages, so that no caller can use up the server's memory. */
@NullMarked
package dev.microsandbox.mcp.memory;

import org.jspecify.annotations.NullMarked;
