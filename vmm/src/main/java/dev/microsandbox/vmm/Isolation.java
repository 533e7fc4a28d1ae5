package dev.microsandbox.vmm;

/** How a guest is kept apart from its host. */
public enum Isolation {
    /** The processor's virtualization, through KVM. */
    HARDWARE,
    /** A software emulation of the processor: slower, and as safe as that emulator is. */
    EMULATION
}
