/** The parts that code and commands share: input, captured output, signals, memory limits. */
@NullMarked
package dev.microsandbox.mcp.tools.process;

import org.jspecify.annotations.NullMarked;
