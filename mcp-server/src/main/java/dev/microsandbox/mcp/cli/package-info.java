/**
 * The command line: {@link dev.microsandbox.mcp.cli.Program} runs {@code msb}, and each of its
 * commands has a class here. Nothing depends on this package.
 */
@NullMarked
package dev.microsandbox.mcp.cli;

import org.jspecify.annotations.NullMarked;
