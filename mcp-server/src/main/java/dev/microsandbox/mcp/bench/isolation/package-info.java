/** {@code msb bench isolation}: what the floods of some sessions cost the calls of another. */
@NullMarked
package dev.microsandbox.mcp.bench.isolation;

import org.jspecify.annotations.NullMarked;
