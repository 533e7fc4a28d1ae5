package dev.microsandbox.vmm.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.memory.GuestLayout;
import dev.microsandbox.vmm.memory.GuestMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests parts of the state of VMs and vCPUs against the host's KVM. */
@Timeout(60)
class VcpuStateTest {

    private static final int KERNEL_GS_BASE = 0xc000_0102;

    // KVM_MP_STATE_* of linux/kvm.h.
    private static final int RUNNABLE = 0;
    private static final int UNINITIALIZED = 1;
    private static final int HALTED = 3;

    private interface Work {
        void with(Kvm kvm, Vm vm, Vcpu first, Vcpu second) throws Exception;
    }

    private static void onTwoVcpus(Work work) throws Exception {
        try (Kvm kvm = KvmHost.open();
                GuestMemory memory = GuestMemory.allocate(2 << 20);
                Vm vm = kvm.createVm()) {
            vm.setTssAddress(GuestLayout.TSS);
            vm.setMemory(0, 0, memory.slice(0, memory.size()));
            vm.createIrqchip();
            try (Vcpu first = vm.createVcpu(0);
                    Vcpu second = vm.createVcpu(1)) {
                first.setCpuid(kvm.supportedCpuid());
                second.setCpuid(kvm.supportedCpuid());
                work.with(kvm, vm, first, second);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(VcpuPart.class)
    void eachPartCanBeSetAsItWasFound(VcpuPart part) throws Exception {
        onTwoVcpus(
                (_, _, vcpu, _) -> {
                    MemorySegment found = vcpu.get(part);
                    assertThat(found.isReadOnly()).isTrue();
                    vcpu.set(part, found);
                    assertThat(vcpu.get(part).mismatch(found)).isEqualTo(-1);
                    assertThatIllegalArgumentException()
                            .isThrownBy(
                                    () -> vcpu.set(part, found.asSlice(0, found.byteSize() - 1)))
                            .withMessage(
                                    "%s has %d bytes here, not %d"
                                            .formatted(
                                                    part, found.byteSize(), found.byteSize() - 1));
                });
    }

    @Test
    void onlyTheFirstIsRunnableAndEachCanBeHalted() throws Exception {
        onTwoVcpus(
                (_, _, first, second) -> {
                    assertThat(state(first)).isEqualTo(RUNNABLE);
                    assertThat(state(second)).isEqualTo(UNINITIALIZED);
                    for (int state : new int[] {HALTED, UNINITIALIZED, RUNNABLE}) {
                        second.set(VcpuPart.MP_STATE, MemorySegment.ofArray(new int[] {state}));
                        assertThat(state(second)).isEqualTo(state);
                    }
                });
    }

    private static int state(Vcpu vcpu) throws LinuxException {
        return vcpu.get(VcpuPart.MP_STATE).get(ValueLayout.JAVA_INT_UNALIGNED, 0);
    }

    @Test
    void valuesOfOneVcpuAreFoundInAnother() throws Exception {
        onTwoVcpus(
                (_, _, first, second) -> {
                    first.setRegisters(Registers.zero().with("r12", 0x1234).with("rip", 0xfff0));
                    MemorySegment debug =
                            MemorySegment.ofArray(
                                    first.get(VcpuPart.DEBUG_REGISTERS)
                                            .toArray(ValueLayout.JAVA_BYTE));
                    debug.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, 0x5678); // DR0
                    first.set(VcpuPart.DEBUG_REGISTERS, debug);
                    for (VcpuPart part : List.of(VcpuPart.REGISTERS, VcpuPart.DEBUG_REGISTERS)) {
                        second.set(part, first.get(part));
                    }
                    assertThat(second.registers().get("r12")).isEqualTo(0x1234);
                    assertThat(
                                    second.get(VcpuPart.DEBUG_REGISTERS)
                                            .get(ValueLayout.JAVA_LONG_UNALIGNED, 0))
                            .isEqualTo(0x5678);
                });
    }

    /** XMM0 of the legacy area, and that the state is in use (XSTATE_BV). */
    @Test
    void theVectorRegistersAreAPartOfIt() throws Exception {
        onTwoVcpus(
                (_, _, first, second) -> {
                    MemorySegment state =
                            MemorySegment.ofArray(
                                    first.get(VcpuPart.XSAVE).toArray(ValueLayout.JAVA_BYTE));
                    state.set(ValueLayout.JAVA_LONG_UNALIGNED, 160, 0x1122_3344_5566_7788L);
                    state.set(ValueLayout.JAVA_INT_UNALIGNED, 24, 0x1f80); // MXCSR
                    state.set(ValueLayout.JAVA_LONG_UNALIGNED, 512, 3);
                    second.set(VcpuPart.XSAVE, state);
                    assertThat(second.get(VcpuPart.XSAVE).get(ValueLayout.JAVA_LONG_UNALIGNED, 160))
                            .isEqualTo(0x1122_3344_5566_7788L);
                });
    }

    @Test
    void cpuidIsFoundAsItWasSet() throws Exception {
        onTwoVcpus(
                (kvm, _, vcpu, _) -> {
                    Cpuid found = vcpu.cpuid();
                    assertThat(found.entries()).hasSameSizeAs(kvm.supportedCpuid().entries());
                    vcpu.setCpuid(found);
                    assertThat(vcpu.cpuid()).isEqualTo(found);
                });
    }

    // MSRs.

    @Test
    void theSavedMsrsCanAllBeReadAndNearlyAllBeSet() throws Exception {
        onTwoVcpus(
                (kvm, _, vcpu, _) -> {
                    List<Integer> listed = kvm.msrs();
                    List<Integer> saved = SavedMsrs.of(listed);
                    assertThat(new HashSet<>(listed)).hasSameSizeAs(listed).containsAll(saved);
                    assertThat(saved)
                            .contains(SavedMsrs.TSC, 0x174, 0xc000_0082, KERNEL_GS_BASE)
                            .hasSizeLessThan(listed.size());
                    Map<Integer, Long> values = vcpu.msrs(saved);
                    assertThat(values.keySet()).containsExactlyElementsOf(saved);
                });
    }

    @Test
    void msrsThatAreRefusedAreLeftOut() throws Exception {
        onTwoVcpus(
                (_, _, vcpu, _) -> {
                    assertThat(vcpu.setMsrs(Map.of(KERNEL_GS_BASE, 0x1000L))).isEqualTo(1);
                    Map<Integer, Long> found =
                            vcpu.msrs(
                                    List.of(
                                            0xdead_beef,
                                            KERNEL_GS_BASE,
                                            0xdead_bee0,
                                            0xdead_bee1,
                                            0x174,
                                            0xdead_bee2));
                    assertThat(found.keySet()).containsExactly(KERNEL_GS_BASE, 0x174);
                    assertThat(found).containsEntry(KERNEL_GS_BASE, 0x1000L);
                    assertThat(vcpu.msrs(List.of())).isEmpty();
                });
    }

    @Test
    void whatIsNotKnownToMakeSenseElsewhereIsNotSaved() {
        // Performance counters, VMX capabilities, and unassigned numbers.
        assertThat(SavedMsrs.of(List.of(0xc1, 0x480, 0x186, 0x4b56_4dff, -1, 0, 0x10)))
                .containsExactly(0x4b56_4dff, 0x10);
    }

    // Time.

    @Test
    void theCounterHasAFrequencyThatCanBeSetToItself() throws Exception {
        onTwoVcpus(
                (_, _, vcpu, _) -> {
                    int khz = vcpu.tscKhz();
                    assertThat(khz).isBetween(100_000, 10_000_000);
                    vcpu.setTscKhz(khz);
                    assertThat(vcpu.tscKhz()).isEqualTo(khz);
                });
    }

    @Test
    void aGuestWithoutTheClockCannotBeTold() throws Exception {
        onTwoVcpus((_, _, vcpu, _) -> assertThat(vcpu.tellStopped()).isFalse());
    }

    @Test
    void theClockGoesOnFromWhereItIsSet() throws Exception {
        onTwoVcpus(
                (_, vm, _, _) -> {
                    MemorySegment saved = vm.get(VmPart.CLOCK);
                    Thread.sleep(300);
                    long before = nanos(vm);
                    assertThat(before - clock(saved)).isGreaterThan(250_000_000);
                    vm.set(VmPart.CLOCK, saved);
                    assertThat(nanos(vm) - clock(saved)).isBetween(0L, 200_000_000L);
                });
    }

    private static long nanos(Vm vm) throws LinuxException {
        return clock(vm.get(VmPart.CLOCK));
    }

    private static long clock(MemorySegment part) {
        return part.get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
    }

    // Interrupt controllers.

    @ParameterizedTest
    @EnumSource(
            value = VmPart.class,
            names = {"PIC_MASTER", "PIC_SLAVE", "IO_APIC"})
    void eachControllerIsSetByItself(VmPart part) throws Exception {
        onTwoVcpus(
                (_, vm, _, _) -> {
                    MemorySegment found = vm.get(part);
                    vm.set(part, found);
                    assertThat(vm.get(part).mismatch(found)).isEqualTo(-1);
                    assertThatIllegalArgumentException()
                            .isThrownBy(() -> vm.set(part, found.asSlice(0, 519)))
                            .withMessage(part + " has 520 bytes, not 519");
                });
    }

    /** A redirection entry of the I/O APIC (struct kvm_ioapic_state). */
    @Test
    void whatTheIoApicIsToldIsFound() throws Exception {
        onTwoVcpus(
                (_, vm, _, _) -> {
                    MemorySegment state =
                            MemorySegment.ofArray(
                                    vm.get(VmPart.IO_APIC).toArray(ValueLayout.JAVA_BYTE));
                    long entry = 8 + 24 + 5 * 8;
                    state.set(ValueLayout.JAVA_LONG_UNALIGNED, entry, 0x1_0031);
                    vm.set(VmPart.IO_APIC, state);
                    assertThat(vm.get(VmPart.IO_APIC).get(ValueLayout.JAVA_LONG_UNALIGNED, entry))
                            .isEqualTo(0x1_0031);
                });
    }

    @Test
    void withoutControllersThereIsNothingToRead() throws Exception {
        try (Kvm kvm = KvmHost.open();
                Vm vm = kvm.createVm()) {
            assertThatExceptionOfType(LinuxException.class)
                    .isThrownBy(() -> vm.get(VmPart.IO_APIC))
                    .withMessageContaining("KVM_GET_IRQCHIP")
                    .withMessageContaining("ENXIO");
        }
    }

    // Features.

    @Test
    void aHostHasItsOwnFeaturesAndNoOthers() throws Exception {
        try (Kvm kvm = KvmHost.open()) {
            CpuFeatures features = CpuFeatures.of(kvm.supportedCpuid());
            assertThat(features.differenceTo(CpuFeatures.of(kvm.supportedCpuid()))).isEmpty();
            Cpuid other =
                    kvm.supportedCpuid()
                            .map(
                                    entry ->
                                            entry.function() == 7 && entry.index() == 0
                                                    ? entry.withEbx(entry.ebx() ^ 1 << 5)
                                                    : entry);
            assertThat(features.differenceTo(CpuFeatures.of(other)))
                    .hasValueSatisfying(
                            text -> assertThat(text).startsWith("CPUID leaf 7.0 ebx is 0x"));
        }
    }
}
