package dev.microsandbox.vmm.kvmmachine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.kvm.Cpuid;
import dev.microsandbox.vmm.kvm.Cpuid.Entry;
import dev.microsandbox.vmm.kvm.CpuidAllowList;
import dev.microsandbox.vmm.kvm.Kvm;
import dev.microsandbox.vmm.kvm.Vcpu;
import dev.microsandbox.vmm.kvm.Vm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What guests see of a host that has everything: each bit of each register of each leaf, and leaves
 * that nobody has invented yet.
 */
class CpuidAllowListTest {

    /** A KVM without hardware support, which ignores what is set for leaves 1, 7 and 0xd. */
    private static final boolean FORCES_LEAVES = Files.exists(Path.of("/sys/module/kvm_pvm"));

    private static final Cpuid EVERYTHING = everything();

    private static Cpuid everything() {
        List<Entry> entries = new ArrayList<>();
        for (int first : new int[] {0, 0x2000_0000, 0x4000_0000, 0x8000_0000, 0xc000_0000}) {
            for (int leaf = first; leaf < first + 0x140; leaf++) {
                for (int index = 0; index < 64; index++) {
                    entries.add(new Entry(leaf, index, 1, -1, -1, -1, -1));
                }
            }
        }
        return new Cpuid(entries);
    }

    private static Map<String, Integer> registers(Cpuid cpuid) {
        Map<String, Integer> registers = new TreeMap<>();
        for (Entry entry : cpuid.entries()) {
            String name = "%x.%d ".formatted(entry.function(), entry.index());
            registers.put(name + "eax", entry.eax());
            registers.put(name + "ebx", entry.ebx());
            registers.put(name + "ecx", entry.ecx());
            registers.put(name + "edx", entry.edx());
        }
        return registers;
    }

    @ParameterizedTest
    @CsvSource({
        "1, ecx, 5, VMX",
        "1, ecx, 2, DTES64",
        "1, ecx, 3, MONITOR",
        "1, ecx, 6, SMX",
        "1, ecx, 10, CNXT_ID",
        "1, ecx, 15, PDCM",
        "1, edx, 21, DS",
        "7, ebx, 2, SGX",
        "7, ebx, 4, HLE",
        "7, ebx, 11, RTM",
        "7, ebx, 12, RDT_M",
        "7, ebx, 14, MPX",
        "7, ebx, 15, RDT_A",
        "7, ebx, 25, PT",
        "7, ecx, 5, WAITPKG",
        "7, ecx, 7, CET_SS",
        "7, ecx, 13, TME",
        "7, ecx, 16, LA57",
        "7, ecx, 23, KL",
        "7, ecx, 24, BUS_LOCK_DETECT",
        "7, ecx, 29, ENQCMD",
        "7, ecx, 30, SGX_LC",
        "7, ecx, 31, PKS",
        "7, edx, 5, UINTR",
        "7, edx, 18, PCONFIG",
        "7, edx, 19, ARCH_LBR",
        "7, edx, 20, CET_IBT",
        "7, edx, 22, AMX_BF16",
        "7, edx, 24, AMX_TILE",
        "7, edx, 25, AMX_INT8",
        "7, edx, 30, CORE_CAPABILITIES",
        "80000001, ecx, 2, SVM",
        "80000001, ecx, 10, IBS",
        "80000001, ecx, 12, SKINIT",
        "80000001, ecx, 15, LWP",
        "80000001, ecx, 23, PerfCtrExtCore",
        "80000001, ecx, 24, PerfCtrExtNB",
        "80000001, ecx, 26, DataBkptExt",
        "80000001, ecx, 27, PerfTsc",
        "80000001, ecx, 28, PerfCtrExtL2I",
        "80000001, ecx, 29, MONITORX"
    })
    void aDangerousFeatureIsHidden(String leaf, String register, int bit, String name) {
        int value =
                registers(CpuidAllowList.of(EVERYTHING))
                        .getOrDefault("%s.0 %s".formatted(leaf, register), 0);
        assertThat(value >>> bit & 1).as(name).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "5, MONITOR",
        "a, performance counters",
        "f, RDT monitoring",
        "10, RDT allocation",
        "12, SGX",
        "14, PT",
        "19, key locker",
        "1b, PCONFIG",
        "1c, LBR",
        "1d, AMX",
        "1e, AMX",
        "20, HRESET",
        "23, performance counters",
        "24, AVX10",
        "40000002, Hyper-V",
        "40000003, Hyper-V",
        "40000010, another hypervisor's",
        "40000100, another hypervisor's",
        "8000000a, SVM",
        "8000001b, IBS",
        "8000001c, LWP",
        "8000001f, SEV",
        "80000020, PQoS",
        "80000022, performance counters",
        "80000026, topology",
        "c0000001, Centaur",
        "20000000, nobody's",
        "30, not invented yet"
    })
    void aDangerousLeafIsNotThere(String leaf, String name) {
        assertThat(CpuidAllowList.of(EVERYTHING).entries())
                .as(name)
                .noneMatch(entry -> entry.function() == Integer.parseUnsignedInt(leaf, 16));
    }

    @ParameterizedTest
    @CsvSource({
        "1, ecx, 0, SSE3",
        "1, ecx, 12, FMA",
        "1, ecx, 20, SSE4.2",
        "1, ecx, 25, AES",
        "1, ecx, 26, XSAVE",
        "1, ecx, 28, AVX",
        "1, ecx, 30, RDRAND",
        "1, edx, 26, SSE2",
        "7, ebx, 3, BMI1",
        "7, ebx, 5, AVX2",
        "7, ebx, 8, BMI2",
        "7, ebx, 16, AVX512F",
        "7, ebx, 18, RDSEED",
        "7, ebx, 29, SHA",
        "7, ecx, 3, PKU",
        "7, ecx, 9, VAES",
        "7, edx, 29, ARCH_CAPABILITIES",
        "80000001, edx, 29, LM",
        "80000007, edx, 8, invariant TSC"
    })
    void whatMakesProgramsFastIsThere(String leaf, String register, int bit, String name) {
        int value =
                registers(CpuidAllowList.of(EVERYTHING))
                        .getOrDefault("%s.0 %s".formatted(leaf, register), 0);
        assertThat(value >>> bit & 1).as(name).isEqualTo(1);
    }

    @Test
    void theLastLeavesAreTheAllowedOnes() {
        Map<String, Integer> guest = registers(CpuidAllowList.of(EVERYTHING));
        assertThat(guest)
                .containsEntry("0.0 eax", 0x1f)
                .containsEntry("7.0 eax", 2)
                .containsEntry("40000000.0 eax", 0x4000_0001)
                .containsEntry("80000000.0 eax", 0x8000_0021);
        assertThat(guest.getOrDefault("80000008.0 eax", 0) >>> 8)
                .as("bits of linear addresses without five-level page tables")
                .isEqualTo(48);
    }

    /** The numbers of an Intel processor with AMX: the tiles are at 2,752 and have 8 KiB. */
    @Test
    void theSizesOfTheStateFitItsComponents() {
        Cpuid host =
                new Cpuid(
                        List.of(
                                new Entry(0xd, 0, 1, 0x602ff, 11008, 11008, 0),
                                new Entry(0xd, 1, 1, 0x1f, 10752, 0x1900, 0),
                                new Entry(0xd, 2, 1, 256, 576, 0, 0),
                                new Entry(0xd, 3, 1, 64, 960, 0, 0),
                                new Entry(0xd, 4, 1, 64, 1024, 0, 0),
                                new Entry(0xd, 5, 1, 64, 1088, 0, 0),
                                new Entry(0xd, 6, 1, 512, 1152, 0, 0),
                                new Entry(0xd, 7, 1, 1024, 1664, 0, 0),
                                new Entry(0xd, 9, 1, 8, 2688, 0, 0),
                                new Entry(0xd, 11, 1, 16, 0, 1, 0),
                                new Entry(0xd, 17, 1, 64, 2752, 2, 0),
                                new Entry(0xd, 18, 1, 8192, 2816, 6, 0)));
        Cpuid guest = CpuidAllowList.of(host);
        assertThat(guest.entries().stream().map(Entry::index)).containsExactly(0, 1, 2, 5, 6, 7, 9);
        assertThat(guest.entries().getFirst())
                .isEqualTo(new Entry(0xd, 0, 1, 0b10_1110_0111, 2696, 2696, 0));
        assertThat(guest.entries().get(1))
                .isEqualTo(new Entry(0xd, 1, 1, 0xf, 576 + 256 + 64 + 512 + 1024 + 8, 0, 0));
    }

    @Test
    void aComponentWithoutItsBitHasNoLeaf() {
        Cpuid host =
                new Cpuid(
                        List.of(
                                new Entry(0xd, 0, 1, 0b11, 576, 576, 0),
                                new Entry(0xd, 2, 1, 256, 576, 0, 0)));
        assertThat(CpuidAllowList.of(host).entries())
                .containsExactly(new Entry(0xd, 0, 1, 0b11, 576, 576, 0));
    }

    @Test
    void aSecondTimeChangesNothing() {
        for (int vcpus : new int[] {1, 8}) {
            Cpuid guest = GuestCpuid.of(EVERYTHING, vcpus - 1, vcpus, true);
            assertThat(CpuidAllowList.of(guest)).isEqualTo(guest);
        }
    }

    /** What the machine passes to KVM_SET_CPUID2, and what KVM then has, on this host. */
    @Test
    void thisHostsKvmGetsNothingElse() throws Exception {
        Assumptions.assumeTrue(Files.isWritable(Kvm.DEVICE), "skipped: no usable " + Kvm.DEVICE);
        try (Kvm kvm = Kvm.open(Kvm.DEVICE);
                Vm vm = kvm.createVm();
                Vcpu vcpu = vm.createVcpu(0)) {
            Cpuid passed = GuestCpuid.of(kvm.supportedCpuid(), 0, 1, true);
            assertIsAllowed(passed);
            vcpu.setCpuid(passed);
            Cpuid kept = vcpu.cpuid();
            assertIsAllowed(FORCES_LEAVES ? withoutForced(kept) : kept);
        }
    }

    private static Cpuid withoutForced(Cpuid cpuid) {
        return new Cpuid(
                cpuid.entries().stream()
                        .filter(entry -> !Set.of(1, 7, 0xd).contains(entry.function()))
                        .toList());
    }

    private static void assertIsAllowed(Cpuid cpuid) {
        assertThat(cpuid.entries()).isNotEmpty();
        for (Entry entry : cpuid.entries()) {
            CpuidAllowList.Bits bits =
                    CpuidAllowList.allowed(entry.function(), entry.index()).orElseThrow();
            assertThat(entry.eax() & ~bits.eax()).as("%s eax", entry).isZero();
            assertThat(entry.ebx() & ~bits.ebx()).as("%s ebx", entry).isZero();
            assertThat(entry.ecx() & ~bits.ecx()).as("%s ecx", entry).isZero();
            assertThat(entry.edx() & ~bits.edx()).as("%s edx", entry).isZero();
        }
    }
}
