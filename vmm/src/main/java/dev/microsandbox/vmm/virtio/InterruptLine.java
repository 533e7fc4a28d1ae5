package dev.microsandbox.vmm.virtio;

/** Raises a device's interrupt in the guest. Thread-safe. */
@FunctionalInterface
public interface InterruptLine {

    /** Raises an edge. Never blocks, never throws. */
    void raise();
}
