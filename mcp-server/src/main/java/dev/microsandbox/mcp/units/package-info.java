/** Sizes and durations in the form in which people write and read them. */
@NullMarked
package dev.microsandbox.mcp.units;

import org.jspecify.annotations.NullMarked;
