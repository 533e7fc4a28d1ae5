package dev.microsandbox.vmm.kvm;

import java.util.List;

/**
 * The MSRs that are part of a guest's state: those that KVM lists and that are known to make sense
 * in another VM. An MSR that KVM lists only in a later version is not saved until it is added here.
 * The numbers are from Intel SDM vol. 4 and linux/arch/x86/include/asm/msr-index.h; KVM's own are
 * from Documentation/virt/kvm/x86/msr.rst.
 */
public final class SavedMsrs {

    public static final int TSC = 0x10;
    public static final int TSC_ADJUST = 0x3b;
    public static final int TSC_DEADLINE = 0x6e0;

    private record Range(int first, int last) {}

    private static final List<Range> KNOWN =
            List.of(
                    one(TSC),
                    range(0x11, 0x12), // KVM's clocks by their old numbers
                    one(TSC_ADJUST),
                    one(0x48), // SPEC_CTRL
                    one(0x122), // TSX_CTRL
                    one(0x140), // MISC_FEATURES_ENABLES
                    range(0x174, 0x176), // SYSENTER_CS, _ESP, _EIP
                    range(0x179, 0x17b), // MCG_CAP, _STATUS, _CTL
                    one(0x1a0), // MISC_ENABLE
                    range(0x1c4, 0x1c5), // XFD, XFD_ERR
                    range(0x200, 0x20f), // MTRRs
                    one(0x250),
                    range(0x258, 0x259),
                    range(0x268, 0x26f),
                    one(0x277), // PAT
                    one(0x2ff), // MTRR_DEF_TYPE
                    range(0x6a0, 0x6a8), // shadow stacks
                    one(TSC_DEADLINE),
                    one(0xd90), // BNDCFGS
                    one(0xda0), // XSS
                    range(0x4b56_4d00, 0x4b56_4dff), // KVM's own
                    range(0xc000_0081, 0xc000_0084), // STAR, LSTAR, CSTAR, SYSCALL_MASK
                    range(0xc000_0102, 0xc000_0103)); // KERNEL_GS_BASE, TSC_AUX

    private SavedMsrs() {}

    /**
     * The MSRs to save.
     *
     * @param listed the MSRs that KVM lists
     */
    public static List<Integer> of(List<Integer> listed) {
        return listed.stream().filter(SavedMsrs::isKnown).toList();
    }

    private static boolean isKnown(int number) {
        return KNOWN.stream()
                .anyMatch(
                        range ->
                                Integer.compareUnsigned(number, range.first()) >= 0
                                        && Integer.compareUnsigned(number, range.last()) <= 0);
    }

    private static Range one(int number) {
        return new Range(number, number);
    }

    private static Range range(int first, int last) {
        return new Range(first, last);
    }
}
