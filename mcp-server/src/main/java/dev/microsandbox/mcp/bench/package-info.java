/**
 * {@code msb bench}: a package below for each benchmark. Nothing but the command line's root knows
 * of them.
 */
@NullMarked
package dev.microsandbox.mcp.bench;

import org.jspecify.annotations.NullMarked;
