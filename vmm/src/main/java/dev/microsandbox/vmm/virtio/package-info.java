/**
 * Virtio devices (specification version 1.2): the MMIO transport, virtqueues, and one file per
 * device. Everything that they read from guest memory is untrusted.
 */
@NullMarked
package dev.microsandbox.vmm.virtio;

import org.jspecify.annotations.NullMarked;
