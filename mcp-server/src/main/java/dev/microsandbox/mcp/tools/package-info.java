/**
 * The path from a call to a tool: {@link ToolCatalogue} lists the tools, and {@link ToolHandler}
 * handles a call. The subpackages contain the tools by topic, one class for each tool. Package
 * {@code definition} defines what a tool is, and {@code result} builds its result.
 */
@NullMarked
package dev.microsandbox.mcp.tools;

import org.jspecify.annotations.NullMarked;
