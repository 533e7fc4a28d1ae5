/**
 * {@code msb bench isolation}: measures how floods from some sessions slow down the calls of
 * another.
 */
@NullMarked
package dev.microsandbox.mcp.bench.isolation;

import org.jspecify.annotations.NullMarked;
