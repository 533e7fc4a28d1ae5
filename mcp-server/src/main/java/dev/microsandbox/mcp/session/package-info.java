/** Sessions and the computers that belong to each, from its beginning to its end. */
@NullMarked
package dev.microsandbox.mcp.session;

import org.jspecify.annotations.NullMarked;
