/** {@code search_files}: runs ripgrep in a sandbox, parses its output and reports the matches. */
@NullMarked
package dev.microsandbox.mcp.tools.search;

import org.jspecify.annotations.NullMarked;
