package dev.microsandbox.vmm.kvm;

/** The extensions that our machines need of KVM: KVM_CAP_* of linux/kvm.h. */
public enum Capability {
    IRQCHIP(0),
    USER_MEMORY(3),
    SET_TSS_ADDR(4),
    EXT_CPUID(7),
    IRQFD(32),
    IOEVENTFD(36),
    TSC_DEADLINE_TIMER(72);

    /**
     * KVM_CAP_XSAVE2, whose value is the size of the XSAVE structure. Older kernels lack it, and
     * our machines work without it.
     */
    static final int XSAVE2 = 208;

    private final int number;

    Capability(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }
}
