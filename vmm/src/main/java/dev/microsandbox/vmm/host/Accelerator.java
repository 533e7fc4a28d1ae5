package dev.microsandbox.vmm.host;

/** The configured way to run sandboxes' machines. */
public enum Accelerator {
    /** KVM if the processor runs the guests' kernels, otherwise QEMU. */
    AUTO,
    /** KVM, even if it emulates the guests' kernels; an error if KVM cannot be used. */
    KVM,
    /** QEMU's software emulation, even if the host has KVM. */
    QEMU
}
