/** {@code msb bench startup}: the time to the first answer, beside an MCP server on Node. */
@NullMarked
package dev.microsandbox.mcp.bench.startup;

import org.jspecify.annotations.NullMarked;
