/** Tools that act on the session and its computers: {@code session_info}, checkpoints and forks. */
@NullMarked
package dev.microsandbox.mcp.tools.computer;

import org.jspecify.annotations.NullMarked;
