/** The parts that all commands share: options, the configuration, the terminal, exit codes. */
@NullMarked
package dev.microsandbox.mcp.command;

import org.jspecify.annotations.NullMarked;
