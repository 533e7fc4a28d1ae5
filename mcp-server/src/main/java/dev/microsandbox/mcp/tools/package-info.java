/**
 * From a call to a tool: {@link ToolCatalogue} lists the tools, {@link ToolHandler} carries out a
 * call. The tools are in the packages below, one class a tool, by topic; what a tool is, {@code
 * definition} says, and how its result is put together, {@code result}.
 */
@NullMarked
package dev.microsandbox.mcp.tools;

import org.jspecify.annotations.NullMarked;
