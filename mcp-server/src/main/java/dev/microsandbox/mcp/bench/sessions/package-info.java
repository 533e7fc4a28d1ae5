/**
 * {@code msb bench sessions}: clones, checkpoints and restores beside cold boots and QEMU's clones.
 */
@NullMarked
package dev.microsandbox.mcp.bench.sessions;

import org.jspecify.annotations.NullMarked;
