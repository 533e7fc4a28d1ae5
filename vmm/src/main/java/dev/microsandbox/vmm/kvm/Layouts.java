package dev.microsandbox.vmm.kvm;

import java.lang.foreign.ValueLayout;

/**
 * Sizes and offsets, in bytes, of the structures of linux/kvm.h and asm/kvm.h on x86-64. They are
 * numbers rather than memory layouts because most are used in one place, and some structures end in
 * a variable-length array.
 */
final class Layouts {

    static final ValueLayout.OfByte U8 = ValueLayout.JAVA_BYTE;
    static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED;
    static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED;
    static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED;

    // struct kvm_userspace_memory_region
    static final int REGION_BYTES = 32;
    static final int REGION_SLOT = 0;
    static final int REGION_FLAGS = 4;
    static final int REGION_GUEST_ADDRESS = 8;
    static final int REGION_SIZE = 16;
    static final int REGION_HOST_ADDRESS = 24;

    // struct kvm_enable_cap
    static final int ENABLE_CAP_BYTES = 104;
    static final int ENABLE_CAP_NUMBER = 0;
    static final int ENABLE_CAP_ARGUMENT = 8;

    // struct kvm_ioeventfd
    static final int IOEVENTFD_BYTES = 64;
    static final int IOEVENTFD_DATAMATCH = 0;
    static final int IOEVENTFD_ADDRESS = 8;
    static final int IOEVENTFD_LENGTH = 16;
    static final int IOEVENTFD_FD = 20;
    static final int IOEVENTFD_FLAGS = 24;
    static final int IOEVENTFD_FLAG_DATAMATCH = 1;

    // struct kvm_irqfd
    static final int IRQFD_BYTES = 32;
    static final int IRQFD_FD = 0;
    static final int IRQFD_GSI = 4;

    // struct kvm_cpuid2, then struct kvm_cpuid_entry2 []
    static final int CPUID_COUNT = 0;
    static final int CPUID_ENTRIES = 8;
    static final int CPUID_ENTRY_BYTES = 40;

    // struct kvm_msrs, then struct kvm_msr_entry []
    static final int MSRS_COUNT = 0;
    static final int MSRS_ENTRIES = 8;
    static final int MSR_ENTRY_BYTES = 16;
    static final int MSR_ENTRY_INDEX = 0;
    static final int MSR_ENTRY_DATA = 8;

    // struct kvm_translation
    static final int TRANSLATION_BYTES = 24;
    static final int TRANSLATION_LINEAR = 0;
    static final int TRANSLATION_PHYSICAL = 8;
    static final int TRANSLATION_VALID = 16;

    // struct kvm_signal_mask, then the set
    static final int SIGNAL_MASK_BYTES = 12;
    static final int SIGNAL_MASK_LENGTH = 0;
    static final int SIGNAL_MASK_SET = 4;

    /** The kernel's sigset_t. */
    static final int SIGSET_BYTES = 8;

    // struct kvm_regs, kvm_sregs, kvm_fpu, kvm_lapic_state
    static final int REGS_BYTES = 144;
    static final int SREGS_BYTES = 312;
    static final int FPU_BYTES = 416;
    static final int FPU_FCW = 128;
    static final int FPU_MXCSR = 408;
    static final int LAPIC_BYTES = 1024;

    // struct kvm_mp_state, kvm_vcpu_events, kvm_debugregs, kvm_xsave, kvm_xcrs
    static final int MP_STATE_BYTES = 4;
    static final int VCPU_EVENTS_BYTES = 64;
    static final int DEBUGREGS_BYTES = 128;
    static final int XSAVE_BYTES = 4096;
    static final int XCRS_BYTES = 392;

    // struct kvm_msr_list, then the numbers
    static final int MSR_LIST_COUNT = 0;
    static final int MSR_LIST_INDICES = 4;

    // struct kvm_irqchip
    static final int IRQCHIP_BYTES = 520;
    static final int IRQCHIP_ID = 0;

    // struct kvm_clock_data
    static final int CLOCK_BYTES = 48;
    static final int CLOCK_NANOS = 0;

    // struct kvm_run
    static final int RUN_EXIT_REASON = 8;
    static final int RUN_IO_DIRECTION = 32;
    static final int RUN_IO_SIZE = 33;
    static final int RUN_IO_PORT = 34;
    static final int RUN_IO_COUNT = 36;
    static final int RUN_IO_DATA_OFFSET = 40;
    static final int RUN_MMIO_ADDRESS = 32;
    static final int RUN_MMIO_DATA = 40;
    static final int RUN_MMIO_LENGTH = 48;
    static final int RUN_MMIO_IS_WRITE = 52;
    static final int RUN_FAIL_ENTRY_REASON = 32;
    static final int RUN_INTERNAL_SUBERROR = 32;
    static final int RUN_INTERNAL_COUNT = 36;
    static final int RUN_INTERNAL_DATA = 40;
    static final int RUN_SYSTEM_EVENT_TYPE = 32;

    private Layouts() {}
}
