/**
 * Snapshots: a machine's state and memory in a directory, from which any number of machines can
 * start.
 */
@NullMarked
package dev.microsandbox.vmm.snapshot;

import org.jspecify.annotations.NullMarked;
