/**
 * The definition of a tool: its name, its description, its arguments, and the preparation of a
 * call.
 */
@NullMarked
package dev.microsandbox.mcp.tools.definition;

import org.jspecify.annotations.NullMarked;
