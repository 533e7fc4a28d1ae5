/** JSON Schemas, as MCP lists them for a tool's arguments and for its result. */
@NullMarked
package dev.microsandbox.mcp.tools.schema;

import org.jspecify.annotations.NullMarked;
