/** The log: to standard error, one line a message. */
@NullMarked
package dev.microsandbox.mcp.log;

import org.jspecify.annotations.NullMarked;
