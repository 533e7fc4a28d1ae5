/**
 * Virtio devices (specification version 1.2): transport, virtqueues, and one file per device. What
 * they read from guest memory is hostile.
 */
@NullMarked
package dev.microsandbox.vmm.virtio;

import org.jspecify.annotations.NullMarked;
