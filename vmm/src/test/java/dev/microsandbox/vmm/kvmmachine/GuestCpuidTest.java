package dev.microsandbox.vmm.kvmmachine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.kvm.Cpuid;
import dev.microsandbox.vmm.kvm.Cpuid.Entry;
import dev.microsandbox.vmm.kvm.CpuidAllowList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The CPUID leaves of a guest on a host with all bits set, and on one with no bit set. */
class GuestCpuidTest {

    private static final int KVM_FEATURES = 0x4000_0001;

    private static Entry guest(int function, int index, int bits, int id, int vcpus) {
        return guest(function, index, bits, id, vcpus, true);
    }

    private static Entry guest(
            int function, int index, int bits, int id, int vcpus, boolean hypercalls) {
        Entry host = new Entry(function, index, 1, bits, bits, bits, bits);
        Cpuid cpuid = GuestCpuid.of(new Cpuid(List.of(host)), id, vcpus, hypercalls);
        assertThat(cpuid.entries()).hasSize(1);
        Entry entry = cpuid.entries().getFirst();
        assertThat(entry.function()).isEqualTo(function);
        assertThat(entry.index()).isEqualTo(index);
        assertThat(entry.flags()).isEqualTo(1);
        return entry;
    }

    private static int bits(int value, int from, int to) {
        return value >>> from & (1 << (to - from + 1)) - 1;
    }

    // Leaf 1.

    @ParameterizedTest
    @CsvSource({"0, 1", "0, 2", "1, 2", "7, 8"})
    void identityIsTheVcpusOwn(int id, int vcpus) {
        Entry entry = guest(1, 0, -1, id, vcpus);
        assertThat(bits(entry.ebx(), 24, 31)).as("APIC id").isEqualTo(id);
        assertThat(bits(entry.ebx(), 16, 23)).as("logical processors").isEqualTo(vcpus);
        assertThat(bits(entry.ebx(), 8, 15)).as("cache line / 8").isEqualTo(8);
        assertThat(bits(entry.ebx(), 0, 7)).as("brand").isEqualTo(0xff);
        assertThat(entry.eax()).as("family, model, stepping").isEqualTo(-1);
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "2, 1", "8, 1"})
    void severalProcessorsInAPackageAreAnnounced(int vcpus, int htt) {
        assertThat(bits(guest(1, 0, -1, 0, vcpus).edx(), 28, 28)).isEqualTo(htt);
        assertThat(bits(guest(1, 0, 0, 0, vcpus).edx(), 28, 28)).isEqualTo(htt);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1})
    void aGuestKnowsThatItIsOneAndHasADeadlineTimer(int host) {
        int ecx = guest(1, 0, host, 0, 1).ecx();
        assertThat(bits(ecx, 31, 31)).as("hypervisor").isEqualTo(1);
        assertThat(bits(ecx, 24, 24)).as("TSC deadline").isEqualTo(1);
        assertThat(bits(ecx, 15, 15)).as("PDCM: the MSR is not there").isZero();
        int others = ecx & ~(1 << 31 | 1 << 24 | 1 << 15);
        int allowed = CpuidAllowList.allowed(1, 0).orElseThrow().ecx();
        assertThat(others).isEqualTo(host & allowed & ~(1 << 31 | 1 << 24 | 1 << 15));
    }

    // Topology.

    @ParameterizedTest
    @CsvSource({"0, 1, 0", "1, 2, 1", "4, 5, 3", "7, 8, 3"})
    void allVcpusAreCoresOfOnePackage(int id, int vcpus, int bits) {
        for (int leaf : new int[] {0xb, 0x1f}) {
            assertThat(guest(leaf, 0, -1, id, vcpus))
                    .as("threads of a core")
                    .isEqualTo(new Entry(leaf, 0, 1, 0, 1, 0x100, id));
            assertThat(guest(leaf, 1, -1, id, vcpus))
                    .as("cores of the package")
                    .isEqualTo(new Entry(leaf, 1, 1, bits, vcpus, 0x201, id));
            assertThat(guest(leaf, 2, -1, id, vcpus))
                    .as("the end")
                    .isEqualTo(new Entry(leaf, 2, 1, 0, 0, 2, id));
        }
    }

    /** Each APIC id shifted by the bits of a level names what is above that level. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void apicIdsOfAPackageDifferBelowItsBitsOnly(int vcpus) {
        int shift = guest(0xb, 1, 0, 0, vcpus).eax();
        assertThat((vcpus - 1) >> shift).isZero();
        if (vcpus > 1) {
            assertThat((vcpus - 1) >> (shift - 1)).as("no bit too many").isEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "2, 0", "8, 0", "1, 3", "2, 3", "8, 3"})
    void cachesOfTheLastLevelAreShared(int vcpus, int level) {
        int type = 1 | (level << 5); // data
        Entry entry = guest(4, 2, type | 0xffffc000, 0, vcpus);
        assertThat(bits(entry.eax(), 26, 31)).as("cores − 1").isEqualTo(vcpus - 1);
        assertThat(bits(entry.eax(), 14, 25))
                .as("sharing threads − 1")
                .isEqualTo(level == 3 ? vcpus - 1 : 0);
        assertThat(bits(entry.eax(), 0, 13)).as("type and level").isEqualTo(type);
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "7, 8"})
    void amdsTopologySaysTheSame(int id, int vcpus) {
        int ecx = guest(0x8000_0008, 0, -1, id, vcpus).ecx();
        assertThat(bits(ecx, 0, 7)).as("threads − 1").isEqualTo(vcpus - 1);
        assertThat(bits(ecx, 12, 15)).as("APIC id size").isZero();
        Entry unit = guest(0x8000_001e, 0, -1, id, vcpus);
        assertThat(unit.eax()).isEqualTo(id);
        assertThat(bits(unit.ebx(), 0, 7)).as("core").isEqualTo(id);
        assertThat(bits(unit.ebx(), 8, 15)).as("threads of a core − 1").isZero();
        assertThat(unit.ecx()).as("node").isZero();
    }

    // Features that our machine lacks.

    @Test
    void thereAreNoPerformanceCounters() {
        Cpuid host = new Cpuid(List.of(new Entry(0xa, 0, 1, -1, -1, -1, -1)));
        // A leaf that is not there reads as zeros.
        assertThat(GuestCpuid.of(host, 0, 1, true).entries()).isEmpty();
    }

    @Test
    void nobodyWaitsInUserMode() {
        assertThat(bits(guest(7, 0, -1, 0, 1).ecx(), 5, 5)).as("WAITPKG").isZero();
        assertThat(bits(guest(1, 0, -1, 0, 1).ecx(), 3, 3)).as("MONITOR").isZero();
        assertThat(bits(guest(0x8000_0001, 0, -1, 0, 1).ecx(), 29, 29)).as("MONITORX").isZero();
    }

    @Test
    void hypercallsAreHiddenWhereTheyDoNotWork() {
        int working = guest(KVM_FEATURES, 0, -1, 0, 2, true).eax();
        int left = guest(KVM_FEATURES, 0, -1, 0, 2, false).eax();
        for (int hypercall : new int[] {9, 11, 13}) {
            assertThat(bits(working, hypercall, hypercall)).isEqualTo(1);
            assertThat(bits(left, hypercall, hypercall)).isZero();
        }
        assertThat(bits(working, 7, 7)).as("PV_UNHALT, which our kernel does not use").isZero();
        assertThat(bits(left, 3, 3)).as("kvm-clock, which is an MSR").isEqualTo(1);
        assertThat(guest(KVM_FEATURES, 0, -1, 0, 1, true).eax())
                .as("a single vCPU needs none")
                .isEqualTo(left);
    }

    // Everything else.

    @Test
    void otherLeavesAreTheHosts() {
        for (int leaf : new int[] {2, 0x8000_0002, 0x8000_0003, 0x8000_0004, 0x8000_0006}) {
            assertThat(guest(leaf, 0, 0x1234_5678, 3, 4, false))
                    .isEqualTo(
                            new Entry(
                                    leaf,
                                    0,
                                    1,
                                    0x1234_5678,
                                    0x1234_5678,
                                    0x1234_5678,
                                    0x1234_5678));
        }
    }

    @Test
    void leavesKeepTheirOrder() {
        int[] leaves = {0, 1, 4, 7, 0xb, 0xd, 0x4000_0001, 0x8000_001e};
        Cpuid host =
                new Cpuid(
                        Arrays.stream(leaves)
                                .mapToObj(leaf -> new Entry(leaf, 0, 0, 1, 1, 1, 1))
                                .toList());
        assertThat(GuestCpuid.of(host, 0, 1, true).entries().stream().mapToInt(Entry::function))
                .containsExactly(Arrays.stream(leaves).boxed().toArray(Integer[]::new));
    }
}
