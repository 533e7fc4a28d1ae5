package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.kvm.Cpuid;
import dev.microsandbox.vmm.kvm.Cpuid.Entry;
import dev.microsandbox.vmm.kvm.CpuidAllowList;

/**
 * The CPUID leaves of a guest: of what the host's processor and KVM support, that which the {@link
 * CpuidAllowList} allows, with our machine's topology. All vCPUs are cores of one package, with one
 * thread each.
 */
final class GuestCpuid {

    // Leaf 1.
    private static final int ECX_TSC_DEADLINE = 1 << 24;
    private static final int ECX_HYPERVISOR = 1 << 31;
    private static final int EDX_HTT = 1 << 28;

    /** Leaf 1, EBX: size of a cache line in units of 8 bytes. */
    private static final int CACHE_LINE = 8 << 8;

    /**
     * STEAL_TIME, and PV_TLB_FLUSH, PV_SEND_IPI and PV_SCHED_YIELD, which need it or hypercalls,
     * and are of use between vCPUs only.
     */
    private static final int KVM_FEATURES_BETWEEN_VCPUS = 1 << 5 | 1 << 9 | 1 << 11 | 1 << 13;

    private static final int LEVEL_CORE = 2 << 8;
    private static final int LEVEL_THREAD = 1 << 8;

    private GuestCpuid() {}

    /**
     * The leaves of one vCPU.
     *
     * @param supported the leaves that the host and KVM support
     * @param id of the vCPU, which is also its APIC id
     * @param vcpus the number of the machine's vCPUs
     * @param hypercalls whether hypercalls work on this KVM; on some, a guest that makes one does
     *     not continue
     */
    static Cpuid of(Cpuid supported, int id, int vcpus, boolean hypercalls) {
        return CpuidAllowList.of(supported).map(entry -> change(entry, id, vcpus, hypercalls));
    }

    private static Entry change(Entry entry, int id, int vcpus, boolean hypercalls) {
        return switch (entry.function()) {
            case 1 -> identity(entry, id, vcpus);
            // Cache parameters: sets the number of cores in the package. No other thread shares a
            // core's caches.
            case 4 ->
                    entry.withEax(
                            (entry.eax() & 0x3fff) | (vcpus - 1) << 26 | sharing(entry, vcpus));
            case 0xb, 0x1f -> topology(entry, id, vcpus);
            case CpuidAllowList.KVM_FEATURES ->
                    hypercalls && vcpus > 1
                            ? entry
                            : entry.withEax(entry.eax() & ~KVM_FEATURES_BETWEEN_VCPUS);
            case 0x8000_001d -> entry.withEax((entry.eax() & 0x3fff) | sharing(entry, vcpus));
            case 0x8000_0008 -> entry.withEcx((entry.ecx() & ~0xf0ff) | vcpus - 1);
            case 0x8000_001e -> entry.withEax(id).withEbx(id).withEcx(0);
            default -> entry;
        };
    }

    private static Entry identity(Entry entry, int id, int vcpus) {
        int ecx = entry.ecx() | ECX_TSC_DEADLINE | ECX_HYPERVISOR;
        int edx = vcpus > 1 ? entry.edx() | EDX_HTT : entry.edx() & ~EDX_HTT;
        return entry.withEbx((entry.ebx() & 0xff) | CACHE_LINE | vcpus << 16 | id << 24)
                .withEcx(ecx)
                .withEdx(edx);
    }

    /**
     * Bits 25 to 14 of leaf 4, and of AMD's leaf for the same: all cores share the last-level
     * cache, and each core has its own other caches.
     */
    private static int sharing(Entry entry, int vcpus) {
        int level = entry.eax() >>> 5 & 7;
        return level >= 3 ? (vcpus - 1) << 14 : 0;
    }

    /** Extended topology leaves: the threads of a core, then the cores of the package. */
    private static Entry topology(Entry entry, int id, int vcpus) {
        int bits = Integer.SIZE - Integer.numberOfLeadingZeros(vcpus - 1);
        return switch (entry.index()) {
            case 0 -> entry.withEax(0).withEbx(1).withEcx(LEVEL_THREAD).withEdx(id);
            case 1 -> entry.withEax(bits).withEbx(vcpus).withEcx(LEVEL_CORE | 1).withEdx(id);
            default -> entry.withEax(0).withEbx(0).withEcx(entry.index()).withEdx(id);
        };
    }
}
