/** How a guest's paths are written in calls and results. */
@NullMarked
package dev.microsandbox.mcp.tools.path;

import org.jspecify.annotations.NullMarked;
