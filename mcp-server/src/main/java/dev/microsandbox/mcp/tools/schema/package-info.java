/** JSON Schemas for the arguments and the results of tools, as MCP lists them. */
@NullMarked
package dev.microsandbox.mcp.tools.schema;

import org.jspecify.annotations.NullMarked;
