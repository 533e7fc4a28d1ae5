/** What sessions may use, and how a call is refused. */
@NullMarked
package dev.microsandbox.mcp.session.limits;

import org.jspecify.annotations.NullMarked;
