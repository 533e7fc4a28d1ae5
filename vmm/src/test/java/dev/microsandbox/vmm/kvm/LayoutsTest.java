package dev.microsandbox.vmm.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A request's number contains the size and the direction of its structure: asm-generic/ioctl.h. */
class LayoutsTest {

    private static final int KVMIO = 0xAE;
    private static final int NONE = 0;
    private static final int TO_KERNEL = 1;
    private static final int FROM_KERNEL = 2;

    /** For structures that end in an array, the number contains the size of the part before it. */
    static Stream<Arguments> structures() {
        return Stream.of(
                Arguments.of(Ioctl.SET_USER_MEMORY_REGION, TO_KERNEL, Layouts.REGION_BYTES),
                Arguments.of(Ioctl.ENABLE_CAP, TO_KERNEL, Layouts.ENABLE_CAP_BYTES),
                Arguments.of(Ioctl.IOEVENTFD, TO_KERNEL, Layouts.IOEVENTFD_BYTES),
                Arguments.of(Ioctl.IRQFD, TO_KERNEL, Layouts.IRQFD_BYTES),
                Arguments.of(Ioctl.GET_REGS, FROM_KERNEL, Layouts.REGS_BYTES),
                Arguments.of(Ioctl.SET_REGS, TO_KERNEL, Layouts.REGS_BYTES),
                Arguments.of(Ioctl.GET_SREGS, FROM_KERNEL, Layouts.SREGS_BYTES),
                Arguments.of(Ioctl.SET_SREGS, TO_KERNEL, Layouts.SREGS_BYTES),
                Arguments.of(Ioctl.SET_FPU, TO_KERNEL, Layouts.FPU_BYTES),
                Arguments.of(Ioctl.GET_LAPIC, FROM_KERNEL, Layouts.LAPIC_BYTES),
                Arguments.of(Ioctl.SET_LAPIC, TO_KERNEL, Layouts.LAPIC_BYTES),
                Arguments.of(Ioctl.TRANSLATE, TO_KERNEL | FROM_KERNEL, Layouts.TRANSLATION_BYTES),
                Arguments.of(Ioctl.SET_MSRS, TO_KERNEL, Layouts.MSRS_ENTRIES),
                Arguments.of(Ioctl.SET_CPUID2, TO_KERNEL, Layouts.CPUID_ENTRIES),
                Arguments.of(
                        Ioctl.GET_SUPPORTED_CPUID, TO_KERNEL | FROM_KERNEL, Layouts.CPUID_ENTRIES),
                Arguments.of(Ioctl.GET_CPUID2, TO_KERNEL | FROM_KERNEL, Layouts.CPUID_ENTRIES),
                Arguments.of(Ioctl.GET_MSRS, TO_KERNEL | FROM_KERNEL, Layouts.MSRS_ENTRIES),
                Arguments.of(
                        Ioctl.GET_MSR_INDEX_LIST,
                        TO_KERNEL | FROM_KERNEL,
                        Layouts.MSR_LIST_INDICES),
                Arguments.of(Ioctl.GET_MP_STATE, FROM_KERNEL, Layouts.MP_STATE_BYTES),
                Arguments.of(Ioctl.SET_MP_STATE, TO_KERNEL, Layouts.MP_STATE_BYTES),
                Arguments.of(Ioctl.GET_VCPU_EVENTS, FROM_KERNEL, Layouts.VCPU_EVENTS_BYTES),
                Arguments.of(Ioctl.SET_VCPU_EVENTS, TO_KERNEL, Layouts.VCPU_EVENTS_BYTES),
                Arguments.of(Ioctl.GET_DEBUGREGS, FROM_KERNEL, Layouts.DEBUGREGS_BYTES),
                Arguments.of(Ioctl.SET_DEBUGREGS, TO_KERNEL, Layouts.DEBUGREGS_BYTES),
                Arguments.of(Ioctl.GET_XSAVE, FROM_KERNEL, Layouts.XSAVE_BYTES),
                Arguments.of(Ioctl.GET_XSAVE2, FROM_KERNEL, Layouts.XSAVE_BYTES),
                Arguments.of(Ioctl.SET_XSAVE, TO_KERNEL, Layouts.XSAVE_BYTES),
                Arguments.of(Ioctl.GET_XCRS, FROM_KERNEL, Layouts.XCRS_BYTES),
                Arguments.of(Ioctl.SET_XCRS, TO_KERNEL, Layouts.XCRS_BYTES),
                Arguments.of(Ioctl.GET_IRQCHIP, TO_KERNEL | FROM_KERNEL, Layouts.IRQCHIP_BYTES),
                // The header declares that it is read from the kernel, which is wrong.
                Arguments.of(Ioctl.SET_IRQCHIP, FROM_KERNEL, Layouts.IRQCHIP_BYTES),
                Arguments.of(Ioctl.GET_CLOCK, FROM_KERNEL, Layouts.CLOCK_BYTES),
                Arguments.of(Ioctl.SET_CLOCK, TO_KERNEL, Layouts.CLOCK_BYTES),
                Arguments.of(Ioctl.SET_SIGNAL_MASK, TO_KERNEL, Layouts.SIGNAL_MASK_SET));
    }

    @ParameterizedTest
    @MethodSource("structures")
    void aStructureHasTheSizeThatItsRequestTells(Ioctl request, int direction, int bytes) {
        assertThat(request.number() >>> 16 & 0x3fff).as("size").isEqualTo(bytes);
        assertThat(request.number() >>> 30).as("direction").isEqualTo(direction);
        assertThat(request.number() >>> 8 & 0xff).as("type").isEqualTo(KVMIO);
    }

    @Test
    void requestsWithoutAStructureTellNone() {
        for (Ioctl request :
                List.of(
                        Ioctl.GET_API_VERSION,
                        Ioctl.CREATE_VM,
                        Ioctl.CHECK_EXTENSION,
                        Ioctl.GET_VCPU_MMAP_SIZE,
                        Ioctl.CREATE_VCPU,
                        Ioctl.SET_TSS_ADDR,
                        Ioctl.CREATE_IRQCHIP,
                        Ioctl.GET_TSC_KHZ,
                        Ioctl.SET_TSC_KHZ,
                        Ioctl.KVMCLOCK_CTRL,
                        Ioctl.RUN)) {
            assertThat(request.number() >>> 16).as(request.name()).isEqualTo(NONE);
            assertThat(request.number() >>> 8).as(request.name()).isEqualTo(KVMIO);
            assertThat(request.name()).startsWith("KVM_");
        }
    }

    @Test
    void theFieldsOfAStructureFillIt() {
        assertThat(Layouts.REGION_HOST_ADDRESS + Long.BYTES).isEqualTo(Layouts.REGION_BYTES);
        assertThat(Layouts.CPUID_ENTRY_BYTES).isEqualTo((7 + 3) * Integer.BYTES);
        assertThat(Layouts.MSR_ENTRY_DATA + Long.BYTES).isEqualTo(Layouts.MSR_ENTRY_BYTES);
        assertThat(Layouts.SIGNAL_MASK_SET + Layouts.SIGSET_BYTES)
                .isEqualTo(Layouts.SIGNAL_MASK_BYTES);
        assertThat(Layouts.TRANSLATION_VALID + Long.BYTES).isEqualTo(Layouts.TRANSLATION_BYTES);
        assertThat(Layouts.FPU_MXCSR + Long.BYTES).isEqualTo(Layouts.FPU_BYTES);
    }
}
