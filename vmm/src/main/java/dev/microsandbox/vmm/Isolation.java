package dev.microsandbox.vmm;

/** How a guest is isolated from its host. */
public enum Isolation {
    /** The processor's virtualization, through KVM. */
    HARDWARE,
    /**
     * KVM without the processor's virtualization: the host's kernel runs the guest's programs in
     * user mode and emulates the guest's kernel mode. It is slow, and as safe as that kernel.
     */
    KVM_SOFTWARE,
    /** A software emulation of the processor. It is slower, and as safe as that emulator. */
    EMULATION
}
