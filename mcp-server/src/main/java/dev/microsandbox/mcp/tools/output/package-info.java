/** What a process printed, made fit to be shown: decoded, cleaned and bounded. */
@NullMarked
package dev.microsandbox.mcp.tools.output;

import org.jspecify.annotations.NullMarked;
