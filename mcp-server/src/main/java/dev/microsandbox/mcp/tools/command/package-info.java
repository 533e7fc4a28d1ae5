/** {@code run_command} and its jobs: {@code get_output} and {@code stop_job}. */
@NullMarked
package dev.microsandbox.mcp.tools.command;

import org.jspecify.annotations.NullMarked;
