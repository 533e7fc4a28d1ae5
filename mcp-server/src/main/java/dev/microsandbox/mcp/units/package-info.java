/** Amounts as people write and read them: sizes and durations. */
@NullMarked
package dev.microsandbox.mcp.units;

import org.jspecify.annotations.NullMarked;
