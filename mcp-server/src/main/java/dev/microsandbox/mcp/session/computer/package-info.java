/**
 * One computer of a session: its state, the locks that guard it, the calls that use it, and when it
 * is suspended.
 */
@NullMarked
package dev.microsandbox.mcp.session.computer;

import org.jspecify.annotations.NullMarked;
