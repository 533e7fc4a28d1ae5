/** The log, which goes to standard error with one line for each message. */
@NullMarked
package dev.microsandbox.mcp.log;

import org.jspecify.annotations.NullMarked;
