/** The limits on what sessions may use, and the exception that refuses a call. */
@NullMarked
package dev.microsandbox.mcp.session.limits;

import org.jspecify.annotations.NullMarked;
