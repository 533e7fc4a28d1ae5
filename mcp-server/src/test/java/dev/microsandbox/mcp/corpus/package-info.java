/**
 * Published collections of problems with known right answers, run through {@code run_code}. Not
 * part of the suite: whoever runs them has fetched the files, and names them.
 */
@NullMarked
package dev.microsandbox.mcp.corpus;

import org.jspecify.annotations.NullMarked;
