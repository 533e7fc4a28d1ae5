/** The product as its users have it: its own processes, real guests, clients that others wrote. */
@NullMarked
package dev.microsandbox.mcp.endtoend;

import org.jspecify.annotations.NullMarked;
