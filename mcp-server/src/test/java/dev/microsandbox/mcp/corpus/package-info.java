/**
 * Published collections of problems with known right answers, run through {@code run_code}. They
 * are not part of the suite: to run them, fetch the files and pass their paths.
 */
@NullMarked
package dev.microsandbox.mcp.corpus;

import org.jspecify.annotations.NullMarked;
