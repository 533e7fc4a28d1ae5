package dev.microsandbox.vmm.virtio;

/** How a device tells the driver that its configuration has changed. Thread-safe. */
@FunctionalInterface
interface ConfigInterrupt {

    void configChanged();
}
