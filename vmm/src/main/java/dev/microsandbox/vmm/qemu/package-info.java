/**
 * The machine that works everywhere: QEMU's {@code microvm} with software emulation. Slower than
 * KVM, and the same guest.
 */
@NullMarked
package dev.microsandbox.vmm.qemu;

import org.jspecify.annotations.NullMarked;
