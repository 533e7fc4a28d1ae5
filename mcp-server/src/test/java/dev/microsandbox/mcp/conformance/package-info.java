/** The official conformance suite, run against the production transport. */
@NullMarked
package dev.microsandbox.mcp.conformance;

import org.jspecify.annotations.NullMarked;
