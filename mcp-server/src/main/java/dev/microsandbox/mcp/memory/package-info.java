/** How much of the server's memory large messages may take, so that no session takes it all. */
@NullMarked
package dev.microsandbox.mcp.memory;

import org.jspecify.annotations.NullMarked;
