/**
 * {@code msb bench startup}: measures the time to the first answer and compares it with an MCP
 * server on Node.
 */
@NullMarked
package dev.microsandbox.mcp.bench.startup;

import org.jspecify.annotations.NullMarked;
