/**
 * {@code msb bench}, with a subpackage for each benchmark. Only the root of the command line
 * depends on them.
 */
@NullMarked
package dev.microsandbox.mcp.bench;

import org.jspecify.annotations.NullMarked;
