/** Programs from npm that the tests run. */
@NullMarked
package dev.microsandbox.mcp.node;

import org.jspecify.annotations.NullMarked;
