/** {@code msb bench vmm}: compares our machine with QEMU's microvm on the same KVM. */
@NullMarked
package dev.microsandbox.mcp.bench.vmm;

import org.jspecify.annotations.NullMarked;
