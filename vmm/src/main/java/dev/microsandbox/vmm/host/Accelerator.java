package dev.microsandbox.vmm.host;

/** What sandboxes' machines are to run on. */
public enum Accelerator {
    /** KVM where the processor runs guests' kernels, else QEMU. */
    AUTO,
    /** KVM, also where it emulates guests' kernels; an error where it cannot be used. */
    KVM,
    /** QEMU's software emulation, whatever the host has. */
    QEMU
}
