/**
 * {@code msb bench sessions}: measures clones, checkpoints and restores, and compares them with
 * cold boots and QEMU's clones.
 */
@NullMarked
package dev.microsandbox.mcp.bench.sessions;

import org.jspecify.annotations.NullMarked;
