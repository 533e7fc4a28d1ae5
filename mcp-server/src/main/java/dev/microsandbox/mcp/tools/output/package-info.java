/** Prepares the output of processes for display: decodes, cleans and bounds it. */
@NullMarked
package dev.microsandbox.mcp.tools.output;

import org.jspecify.annotations.NullMarked;
