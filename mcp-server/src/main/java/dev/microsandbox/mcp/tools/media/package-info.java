/** Detection of file types by content. */
@NullMarked
package dev.microsandbox.mcp.tools.media;

import org.jspecify.annotations.NullMarked;
