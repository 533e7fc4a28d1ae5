package dev.microsandbox.vmm.virtio;

/** Tells the driver that the device's configuration has changed. Thread-safe. */
@FunctionalInterface
interface ConfigInterrupt {

    void configChanged();
}
