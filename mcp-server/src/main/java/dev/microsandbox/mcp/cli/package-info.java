/** The {@code msb} command. */
@NullMarked
package dev.microsandbox.mcp.cli;

import org.jspecify.annotations.NullMarked;
