package dev.microsandbox.vmm.kvm;

import dev.microsandbox.vmm.kvm.Cpuid.Entry;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The CPUID bits that a guest may see. Everything else is cleared, also what processors and KVMs
 * will only invent: each feature makes code of the host's kernel reachable from the guest. Listed
 * is what makes programs fast, what the guest's kernel needs, and what tells it which faults of the
 * processor it has to work around. Not listed are, among others, virtual machines inside of the
 * guest (VMX, SVM), performance counters, tracing (PT, IBS, LWP), enclaves (SGX, SEV), monitors and
 * waits, transactions (TSX), bounds (MPX), tiles (AMX), user interrupts, shadow stacks, supervisor
 * keys, and the leaves of other hypervisors.
 *
 * <p>The bits are documented in Intel SDM vol. 2A (CPUID) and AMD APM vol. 3, appendix E; KVM's own
 * in Documentation/virt/kvm/x86/cpuid.rst.
 */
public final class CpuidAllowList {

    private static final int KVM_SIGNATURE = 0x4000_0000;

    /** The leaf of KVM's paravirtual features. */
    public static final int KVM_FEATURES = 0x4000_0001;

    private static final int LAST_BASIC = 0x1f;
    private static final int LAST_EXTENDED = 0x8000_0021;

    private static final int ALL = -1;
    private static final int NONE = 0;

    /** The most subleaves of a leaf that lists caches or levels of the topology. */
    private static final int MOST_SUBLEAVES = 8;

    /** The allowed bits of each register of a leaf. */
    public record Bits(int eax, int ebx, int ecx, int edx) {

        private static final Bits EVERY = new Bits(ALL, ALL, ALL, ALL);

        private Entry of(Entry entry) {
            return entry.withEax(entry.eax() & eax)
                    .withEbx(entry.ebx() & ebx)
                    .withEcx(entry.ecx() & ecx)
                    .withEdx(entry.edx() & edx);
        }
    }

    private record Place(int leaf, int index) {}

    private static final Map<Place, Bits> ALLOWED = new HashMap<>();

    static {
        // The last leaf, which of() lowers, and the vendor's name.
        put(0, 0, Bits.EVERY);
        put(1, 0, new Bits(ALL, ALL, features1(), features1Edx()));
        put(2, 0, Bits.EVERY); // descriptions of caches
        for (int index = 0; index < MOST_SUBLEAVES; index++) {
            put(4, index, new Bits(ALL, ALL, ALL, bits(0, 1, 2))); // caches
            put(0xb, index, Bits.EVERY); // topology
            put(0x1f, index, Bits.EVERY); // topology
            put(0x8000_001d, index, new Bits(ALL, ALL, ALL, bits(0, 1))); // AMD's caches
        }
        put(6, 0, new Bits(bits(2), NONE, NONE, NONE)); // ARAT: the timer always runs
        put(7, 0, new Bits(ALL, features7Ebx(), features7Ecx(), features7Edx()));
        // AVX_VNNI, AVX512_BF16, CMPCCXADD, FZRM, FSRS, FSRCS, AVX_IFMA; AVX_VNNI_INT8,
        // AVX_NE_CONVERT, AVX_VNNI_INT16
        put(7, 1, new Bits(bits(4, 5, 7, 10, 11, 12, 23), NONE, NONE, bits(4, 5, 10)));
        // Controls of speculation: PSFD, IPRED_CTRL, RRSBA_CTRL, DDPD_U, BHI_CTRL, MCDT_NO
        put(7, 2, new Bits(NONE, NONE, NONE, bits(0, 1, 2, 3, 4, 5)));
        put(XsaveLeaf.FUNCTION, 0, new Bits(XsaveLeaf.COMPONENTS, ALL, ALL, NONE));
        // XSAVEOPT, XSAVEC, XGETBV with ECX 1, XSAVES; no supervisor state
        put(XsaveLeaf.FUNCTION, 1, new Bits(bits(0, 1, 2, 3), ALL, NONE, NONE));
        for (int component = 2; component < Integer.SIZE; component++) {
            if ((XsaveLeaf.COMPONENTS & 1 << component) != 0) {
                put(XsaveLeaf.FUNCTION, component, new Bits(ALL, ALL, bits(1), NONE));
            }
        }
        put(KVM_SIGNATURE, 0, Bits.EVERY);
        put(KVM_FEATURES, 0, new Bits(kvmFeatures(), NONE, NONE, NONE));
        put(0x8000_0000, 0, Bits.EVERY); // the last leaf, which of() lowers, and the vendor's name
        put(0x8000_0001, 0, new Bits(ALL, ALL, extendedEcx(), extendedEdx()));
        for (int leaf = 0x8000_0002; leaf <= 0x8000_0006; leaf++) {
            put(leaf, 0, Bits.EVERY); // the processor's name, and AMD's caches
        }
        put(0x8000_0007, 0, new Bits(NONE, NONE, NONE, bits(8))); // the TSC's rate is constant
        // Widths of addresses; the number of cores
        put(0x8000_0008, 0, new Bits(0xffff, extended8Ebx(), 0xf0ff, NONE));
        put(0x8000_001a, 0, new Bits(bits(0, 1, 2), NONE, NONE, NONE)); // widths of SIMD units
        put(0x8000_001e, 0, new Bits(ALL, ALL, ALL, NONE)); // AMD's topology
        put(0x8000_0021, 0, new Bits(extended21(), NONE, bits(1, 2), NONE));
    }

    private CpuidAllowList() {}

    private static int features1() {
        return bits(
                0, 1, 9, 12, 13, // SSE3, PCLMULQDQ, SSSE3, FMA, CX16
                17, 19, 20, 21, 22, 23, // PCID, SSE4.1, SSE4.2, x2APIC, MOVBE, POPCNT
                24, 25, 26, 28, 29, 30, // TSC-deadline timer, AES, XSAVE, AVX, F16C, RDRAND
                31); // hypervisor
    }

    /** All but the serial number, DS, ACPI, the thermal monitor and pending breaks. */
    private static int features1Edx() {
        return range(0, 9) | range(11, 17) | bits(19) | range(23, 28);
    }

    private static int features7Ebx() {
        return bits(
                0, 1, 3, 5, 6, 7, 8, 9, // FSGSBASE, TSC_ADJUST, BMI1, AVX2, FDP, SMEP, BMI2, ERMS
                10, 13, 16, 17, 18, 19, // INVPCID, FCS_FDS, AVX512F, AVX512DQ, RDSEED, ADX
                20, 21, 23, 24, 28, 29, // SMAP, AVX512_IFMA, CLFLUSHOPT, CLWB, AVX512CD, SHA
                30, 31); // AVX512BW, AVX512VL
    }

    private static int features7Ecx() {
        return bits(
                1, 2, 3, 6, 8, 9, 10, // VBMI, UMIP, PKU, VBMI2, GFNI, VAES, VPCLMULQDQ
                11, 12, 14, 22); // VNNI, BITALG, VPOPCNTDQ, RDPID
    }

    private static int features7Edx() {
        return bits(
                4, 8, 10, 14, 23, // FSRM, VP2INTERSECT, MD_CLEAR, SERIALIZE, AVX512_FP16
                26, 27, 28, 29, 31); // IBRS and IBPB, STIBP, L1D_FLUSH, ARCH_CAPABILITIES, SSBD
    }

    /**
     * The clock, the delay of ports that is none, the end of interrupts without an exit; with
     * several vCPUs also steal time, which the others need, flushes of TLBs, interrupts and yields
     * by hypercall. Asynchronous page faults would only help a guest that has something else to
     * run.
     */
    private static int kvmFeatures() {
        return bits(0, 1, 3, 5, 6, 9, 11, 13, 24);
    }

    private static int extendedEcx() {
        return bits(
                0, 1, 5, 6, 7, 8, // LAHF, CMP_LEGACY, LZCNT, SSE4A, misaligned SSE, PREFETCHW
                11, 16, 21, 22); // XOP, FMA4, TBM, TOPOEXT
    }

    /** On AMD's processors, many bits repeat those of leaf 1. */
    private static int extendedEdx() {
        return range(0, 9)
                | range(12, 17)
                | bits(
                        11, 20, 22, 23, 24, // SYSCALL, NX, MMX extensions, MMX, FXSR
                        25, 26, 27, 29); // FFXSR, pages of 1 GiB, RDTSCP, long mode
    }

    private static int extended8Ebx() {
        return bits(
                0, 2, 12, 14, 15, // CLZERO, error pointers of XSAVE, IBPB, IBRS, STIBP
                16, 17, 18, 24, 25, 26, 28, 29, 30); // preferences among these, SSBD, PSFD, BTC_NO
    }

    /**
     * No nested data breakpoints, base registers not serializing, LFENCE serializing, VERW clears
     * buffers, null selectors clear bases, automatic IBRS, no SMM controls, fast short moves, and
     * what concerns SRSO.
     */
    private static int extended21() {
        return bits(0, 1, 2, 5, 6, 8, 9, 10, 11, 27, 28, 29, 30);
    }

    private static int bits(int... numbers) {
        int mask = 0;
        for (int number : numbers) {
            mask |= 1 << number;
        }
        return mask;
    }

    private static int range(int first, int last) {
        int mask = 0;
        for (int number = first; number <= last; number++) {
            mask |= 1 << number;
        }
        return mask;
    }

    private static void put(int leaf, int index, Bits bits) {
        ALLOWED.put(new Place(leaf, index), bits);
    }

    /** The bits that a guest may see of a subleaf; empty if it may see nothing of it. */
    public static Optional<Bits> allowed(int leaf, int index) {
        return Optional.ofNullable(ALLOWED.get(new Place(leaf, index)));
    }

    /**
     * Leaves only what is allowed: removes leaves and clears bits. What remains is consistent: the
     * numbers of the last leaves and the sizes of XSAVE areas fit it. Applied again, it changes
     * nothing.
     */
    public static Cpuid of(Cpuid all) {
        List<Entry> entries =
                all.entries().stream()
                        .flatMap(
                                entry ->
                                        allowed(entry.function(), entry.index())
                                                .map(bits -> limited(bits.of(entry)))
                                                .stream())
                        .toList();
        return XsaveLeaf.consistent(new Cpuid(entries));
    }

    private static Entry limited(Entry entry) {
        return switch (entry.function()) {
            case 0 -> entry.withEax(least(entry.eax(), LAST_BASIC));
            case 7 -> entry.index() == 0 ? entry.withEax(least(entry.eax(), 2)) : entry;
            case KVM_SIGNATURE -> entry.withEax(least(entry.eax(), KVM_FEATURES));
            case 0x8000_0000 -> entry.withEax(least(entry.eax(), LAST_EXTENDED));
            // Linear addresses have 48 bits at most without five-level page tables.
            case 0x8000_0008 ->
                    entry.withEax((entry.eax() & 0xff) | least(entry.eax() >>> 8 & 0xff, 48) << 8);
            default -> entry;
        };
    }

    private static int least(int value, int most) {
        return Integer.compareUnsigned(value, most) < 0 ? value : most;
    }
}
