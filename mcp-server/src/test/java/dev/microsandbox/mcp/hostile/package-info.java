/**
 * Snippets that try to break the sandbox, at random but reproducibly, against a running server. Not
 * part of the suite, for it takes as long as it is told to.
 */
@NullMarked
package dev.microsandbox.mcp.hostile;

import org.jspecify.annotations.NullMarked;
