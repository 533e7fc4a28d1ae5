/** The tools that an agent calls. One file per tool; {@link ToolCatalogue} lists them. */
@NullMarked
package dev.microsandbox.mcp.tools;

import org.jspecify.annotations.NullMarked;
