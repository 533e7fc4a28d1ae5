/** What a file is, by what is in it. */
@NullMarked
package dev.microsandbox.mcp.tools.media;

import org.jspecify.annotations.NullMarked;
