/** {@code session_info}, checkpoints and forks: tools about the session and its computers. */
@NullMarked
package dev.microsandbox.mcp.tools.computer;

import org.jspecify.annotations.NullMarked;
