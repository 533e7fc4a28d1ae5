/** Limits the memory for large messages, so that no session can use up the server's memory. */
@NullMarked
package dev.microsandbox.mcp.memory;

import org.jspecify.annotations.NullMarked;
