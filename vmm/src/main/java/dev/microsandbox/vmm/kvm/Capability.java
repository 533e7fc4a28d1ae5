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

    /**
     * KVM_CAP_ENFORCE_PV_FEATURE_CPUID, of Linux 5.10 on: KVM refuses its paravirtual MSRs and
     * hypercalls to a guest whose CPUID does not have them.
     */
    static final int ENFORCE_PV_FEATURES = 190;

    /** KVM_CAP_PMU_CAPABILITY, of Linux 5.18 on: what performance counters a VM has. */
    static final int PERFORMANCE_COUNTERS = 212;

    /** KVM_PMU_CAP_DISABLE. */
    static final int NO_PERFORMANCE_COUNTERS = 1;

    private final int number;

    Capability(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }
}
