/** {@code msb bench vmm}: our machine beside QEMU's microvm on the same KVM. */
@NullMarked
package dev.microsandbox.mcp.bench.vmm;

import org.jspecify.annotations.NullMarked;
