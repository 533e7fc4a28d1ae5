/**
 * The machine that works on every host: QEMU's {@code microvm} with software emulation. It runs the
 * same guest as KVM does, but slower.
 */
@NullMarked
package dev.microsandbox.vmm.qemu;

import org.jspecify.annotations.NullMarked;
