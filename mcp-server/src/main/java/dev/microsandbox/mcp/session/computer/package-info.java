/**
 * One computer of a session: its state, who may change it, which calls use it, and when it sleeps.
 */
@NullMarked
package dev.microsandbox.mcp.session.computer;

import org.jspecify.annotations.NullMarked;
