/** The form of guest paths in calls and results. */
@NullMarked
package dev.microsandbox.mcp.tools.path;

import org.jspecify.annotations.NullMarked;
