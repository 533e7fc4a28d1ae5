package dev.microsandbox.vmm.virtio;

/** How a device interrupts the guest. Thread-safe. */
@FunctionalInterface
public interface InterruptLine {

    /** Raises an edge. Never blocks, never throws. */
    void raise();
}
