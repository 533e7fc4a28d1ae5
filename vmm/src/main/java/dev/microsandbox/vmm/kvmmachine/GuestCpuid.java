package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.kvm.Cpuid;
import dev.microsandbox.vmm.kvm.Cpuid.Entry;

/**
 * What CPUID tells a guest: what the host's processor and KVM support, less what our machine does
 * not have, with the topology of our machine: all vCPUs are cores of one package, a thread each.
 * Leaves as in Intel SDM vol. 2A (CPUID) and AMD APM vol. 3, appendix E; KVM's own as in
 * Documentation/virt/kvm/x86/cpuid.rst.
 */
final class GuestCpuid {

    // Leaf 1.
    private static final int ECX_PDCM = 1 << 15;
    private static final int ECX_TSC_DEADLINE = 1 << 24;
    private static final int ECX_HYPERVISOR = 1 << 31;
    private static final int EDX_HTT = 1 << 28;

    /** Leaf 1, EBX: in units of 8 bytes. */
    private static final int CACHE_LINE = 8 << 8;

    private static final int ECX7_WAITPKG = 1 << 5;

    private static final int KVM_FEATURES = 0x4000_0001;

    /** PV_UNHALT, PV_TLB_FLUSH, PV_SEND_IPI, PV_SCHED_YIELD: these are hypercalls. */
    private static final int KVM_FEATURES_BY_HYPERCALL = 1 << 7 | 1 << 9 | 1 << 11 | 1 << 13;

    private static final int LEVEL_CORE = 2 << 8;
    private static final int LEVEL_THREAD = 1 << 8;

    private GuestCpuid() {}

    /**
     * The leaves of one vCPU.
     *
     * @param supported by host and KVM
     * @param id of the vCPU, which is its APIC id
     * @param vcpus how many there are
     * @param hypercalls whether a hypercall can be relied on to return
     */
    static Cpuid of(Cpuid supported, int id, int vcpus, boolean hypercalls) {
        return supported.map(entry -> change(entry, id, vcpus, hypercalls));
    }

    private static Entry change(Entry entry, int id, int vcpus, boolean hypercalls) {
        return switch (entry.function()) {
            case 1 -> identity(entry, id, vcpus);
            // Cache parameters: cores in the package, and no other thread shares a core's caches.
            case 4 ->
                    entry.withEax(
                            (entry.eax() & 0x3fff) | (vcpus - 1) << 26 | sharing(entry, vcpus));
            case 7 -> entry.index() == 0 ? entry.withEcx(entry.ecx() & ~ECX7_WAITPKG) : entry;
            // No performance counters.
            case 0xa -> entry.withEax(0).withEbx(0).withEcx(0).withEdx(0);
            case 0xb, 0x1f -> topology(entry, id, vcpus);
            case KVM_FEATURES ->
                    hypercalls ? entry : entry.withEax(entry.eax() & ~KVM_FEATURES_BY_HYPERCALL);
            case 0x8000_0008 -> entry.withEcx((entry.ecx() & ~0xf0ff) | vcpus - 1);
            case 0x8000_001e -> entry.withEax(id).withEbx(id).withEcx(0);
            default -> entry;
        };
    }

    private static Entry identity(Entry entry, int id, int vcpus) {
        int ecx = (entry.ecx() & ~ECX_PDCM) | ECX_TSC_DEADLINE | ECX_HYPERVISOR;
        int edx = vcpus > 1 ? entry.edx() | EDX_HTT : entry.edx() & ~EDX_HTT;
        return entry.withEbx((entry.ebx() & 0xff) | CACHE_LINE | vcpus << 16 | id << 24)
                .withEcx(ecx)
                .withEdx(edx);
    }

    /** Bits 25 to 14 of leaf 4: the last-level cache is the package's, the others a core's. */
    private static int sharing(Entry entry, int vcpus) {
        int level = entry.eax() >>> 5 & 7;
        return level >= 3 ? (vcpus - 1) << 14 : 0;
    }

    /** Extended topology: threads of a core, then cores of the package. */
    private static Entry topology(Entry entry, int id, int vcpus) {
        int bits = Integer.SIZE - Integer.numberOfLeadingZeros(vcpus - 1);
        return switch (entry.index()) {
            case 0 -> entry.withEax(0).withEbx(1).withEcx(LEVEL_THREAD).withEdx(id);
            case 1 -> entry.withEax(bits).withEbx(vcpus).withEcx(LEVEL_CORE | 1).withEdx(id);
            default -> entry.withEax(0).withEbx(0).withEcx(entry.index()).withEdx(id);
        };
    }
}
