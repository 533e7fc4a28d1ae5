/**
 * Snippets that try to break the sandbox, at random but reproducibly, against a running server.
 * They are not part of the suite, because they run for as long as requested.
 */
@NullMarked
package dev.microsandbox.mcp.hostile;

import org.jspecify.annotations.NullMarked;
