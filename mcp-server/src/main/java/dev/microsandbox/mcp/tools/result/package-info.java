/** The result of a call: a report as text and as structured content with the same facts. */
@NullMarked
package dev.microsandbox.mcp.tools.result;

import org.jspecify.annotations.NullMarked;
