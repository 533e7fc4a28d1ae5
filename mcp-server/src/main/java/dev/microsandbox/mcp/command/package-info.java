/**
 * What a command of the program is made of: its options, the configuration, the terminal, exit
 * codes.
 */
@NullMarked
package dev.microsandbox.mcp.command;

import org.jspecify.annotations.NullMarked;
