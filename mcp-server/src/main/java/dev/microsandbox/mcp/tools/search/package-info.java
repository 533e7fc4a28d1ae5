/** Finding files and lines with the guest's ripgrep. Nothing that it says is trusted. */
@NullMarked
package dev.microsandbox.mcp.tools.search;

import org.jspecify.annotations.NullMarked;
