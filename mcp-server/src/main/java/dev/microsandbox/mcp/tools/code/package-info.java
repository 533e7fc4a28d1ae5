/** {@code run_code} and {@code reset_interpreter}, and how displayed values are shown. */
@NullMarked
package dev.microsandbox.mcp.tools.code;

import org.jspecify.annotations.NullMarked;
