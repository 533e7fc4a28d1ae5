/**
 * The front's side of its workers: their processes, what they are granted of the server's totals,
 * and what becomes of them. Whatever a worker says is untrusted.
 */
@NullMarked
package dev.microsandbox.mcp.supervisor;

import org.jspecify.annotations.NullMarked;
