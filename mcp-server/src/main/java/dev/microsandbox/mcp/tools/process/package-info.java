/** What code and commands have in common: input, captured output, signals, memory limits. */
@NullMarked
package dev.microsandbox.mcp.tools.process;

import org.jspecify.annotations.NullMarked;
