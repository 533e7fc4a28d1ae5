/** What a tool is: its name, its description, its arguments, and how a call of it is prepared. */
@NullMarked
package dev.microsandbox.mcp.tools.definition;

import org.jspecify.annotations.NullMarked;
