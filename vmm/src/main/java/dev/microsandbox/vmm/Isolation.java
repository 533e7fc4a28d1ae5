package dev.microsandbox.vmm;

/** How a guest is kept apart from its host. */
public enum Isolation {
    /** The processor's virtualization, through KVM. */
    HARDWARE,
    /**
     * KVM without the processor's virtualization: the host's kernel runs the guest's programs in
     * user mode and emulates the guest's kernel mode. As safe as that kernel, and slow.
     */
    KVM_SOFTWARE,
    /** A software emulation of the processor: slower, and as safe as that emulator is. */
    EMULATION
}
