/** The sessions: which computers belong to each, from its begin to its end. */
@NullMarked
package dev.microsandbox.mcp.session;

import org.jspecify.annotations.NullMarked;
