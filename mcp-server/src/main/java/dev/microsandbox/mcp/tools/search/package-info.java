/** {@code search_files}: runs ripgrep in a sandbox, reads its output and reports what it found. */
@NullMarked
package dev.microsandbox.mcp.tools.search;

import org.jspecify.annotations.NullMarked;
