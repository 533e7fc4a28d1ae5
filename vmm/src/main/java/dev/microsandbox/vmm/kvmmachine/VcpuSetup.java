package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.boot.EntryState;
import dev.microsandbox.vmm.boot.LongMode;
import dev.microsandbox.vmm.kvm.Cpuid;
import dev.microsandbox.vmm.kvm.CpuidAllowList;
import dev.microsandbox.vmm.kvm.Registers;
import dev.microsandbox.vmm.kvm.SpecialRegisters;
import dev.microsandbox.vmm.kvm.Vcpu;
import dev.microsandbox.vmm.kvm.VcpuState;
import dev.microsandbox.vmm.linux.LinuxException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;

/**
 * Sets a vCPU's initial state. CPUID comes first, because it decides which MSRs and control
 * register bits exist. The local APIC comes last, because the special registers contain its base.
 */
final class VcpuSetup {

    // Control register bits (Intel SDM vol. 3, 2.5) and those of EFER.
    private static final long CR0_PE = 1;
    private static final long CR0_ET = 1 << 4;
    private static final long CR0_PG = 1L << 31;
    private static final long CR4_PAE = 1 << 5;
    private static final long EFER_LME = 1 << 8;
    private static final long EFER_LMA = 1 << 10;

    // MSRs.
    private static final int MISC_ENABLE = 0x1a0;
    private static final long FAST_STRINGS = 1;
    private static final int MTRR_DEF_TYPE = 0x2ff;
    private static final long MTRR_ENABLED_WRITE_BACK = 0x806;

    // Registers of the local APIC, and delivery modes (Intel SDM vol. 3, 11.5.1).
    private static final int LVT_LINT0 = 0x350;
    private static final int LVT_LINT1 = 0x360;
    private static final int DELIVERY_MODE = 0x700;
    private static final int DELIVER_EXTINT = 0x700;
    private static final int DELIVER_NMI = 0x400;

    private VcpuSetup() {}

    /**
     * Sets the state that every vCPU needs. A vCPU other than the first then waits until the first
     * starts it.
     *
     * @param vcpus by id
     * @param supported the CPUID leaves that the host and KVM support
     * @param hypercalls whether hypercalls work on this KVM
     */
    static void prepare(List<Vcpu> vcpus, Cpuid supported, boolean hypercalls)
            throws LinuxException {
        for (int id = 0; id < vcpus.size(); id++) {
            prepare(vcpus.get(id), GuestCpuid.of(supported, id, vcpus.size(), hypercalls));
        }
    }

    /**
     * Sets the CPUID leaves of saved vCPUs, which must come before the rest of their state, because
     * they decide which registers and MSRs exist. Whoever wrote the file, its guest gets no feature
     * that none may have.
     */
    static void restoreCpuid(List<Vcpu> vcpus, List<VcpuState> saved) throws LinuxException {
        for (int id = 0; id < vcpus.size() && id < saved.size(); id++) {
            vcpus.get(id).setCpuid(CpuidAllowList.of(saved.get(id).cpuid()));
        }
    }

    private static void prepare(Vcpu vcpu, Cpuid cpuid) throws LinuxException {
        vcpu.setCpuid(cpuid);
        // Ignores a KVM that refuses one of these, because they only affect speed.
        int _ =
                vcpu.setMsrs(
                        Map.of(MISC_ENABLE, FAST_STRINGS, MTRR_DEF_TYPE, MTRR_ENABLED_WRITE_BACK));
        vcpu.resetFpu();
        MemorySegment apic = vcpu.localApic();
        deliver(apic, LVT_LINT0, DELIVER_EXTINT);
        deliver(apic, LVT_LINT1, DELIVER_NMI);
        vcpu.setLocalApic(apic);
    }

    /** Sets the first vCPU to its entry point in 64-bit mode. */
    static void enter(Vcpu vcpu, EntryState entry) throws LinuxException {
        vcpu.setRegisters(
                Registers.zero()
                        .with("rip", entry.instructionPointer())
                        .with("rsi", entry.bootParameters())
                        .with("rsp", entry.stackPointer()));
        SpecialRegisters special = vcpu.specialRegisters();
        special.setSegment(SpecialRegisters.CS, LongMode.CODE_SELECTOR, LongMode.CODE_DESCRIPTOR);
        for (int segment :
                new int[] {
                    SpecialRegisters.DS,
                    SpecialRegisters.ES,
                    SpecialRegisters.FS,
                    SpecialRegisters.GS,
                    SpecialRegisters.SS
                }) {
            special.setSegment(segment, LongMode.DATA_SELECTOR, LongMode.DATA_DESCRIPTOR);
        }
        special.setSegment(SpecialRegisters.TR, LongMode.TSS_SELECTOR, LongMode.TSS_DESCRIPTOR);
        special.setGdt(entry.gdtBase(), entry.gdtLimit());
        special.setIdt(0, 0);
        special.setCr3(entry.pageTableRoot());
        special.setCr4(special.cr4() | CR4_PAE);
        special.setCr0(special.cr0() | CR0_PE | CR0_ET | CR0_PG);
        special.setEfer(special.efer() | EFER_LME | EFER_LMA);
        vcpu.setSpecialRegisters(special);
    }

    private static void deliver(MemorySegment apic, int register, int mode) {
        int value = apic.get(ValueLayout.JAVA_INT_UNALIGNED, register);
        apic.set(ValueLayout.JAVA_INT_UNALIGNED, register, (value & ~DELIVERY_MODE) | mode);
    }
}
