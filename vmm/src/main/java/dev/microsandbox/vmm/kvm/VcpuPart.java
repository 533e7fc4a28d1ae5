package dev.microsandbox.vmm.kvm;

/** The parts of a vCPU's state, each of which KVM gets and sets as one structure. */
@SuppressWarnings("ImmutableEnumChecker") // a request is a record of a name and a number
public enum VcpuPart {
    /** Whether the vCPU is runnable, halted, or waiting for INIT or SIPI. */
    MP_STATE(Ioctl.GET_MP_STATE, Ioctl.SET_MP_STATE, Layouts.MP_STATE_BYTES),
    REGISTERS(Ioctl.GET_REGS, Ioctl.SET_REGS, Layouts.REGS_BYTES),
    SPECIAL_REGISTERS(Ioctl.GET_SREGS, Ioctl.SET_SREGS, Layouts.SREGS_BYTES),
    /** FPU, SSE and AVX state; its size depends on the processor. */
    XSAVE(Ioctl.GET_XSAVE, Ioctl.SET_XSAVE, Layouts.XSAVE_BYTES),
    XCRS(Ioctl.GET_XCRS, Ioctl.SET_XCRS, Layouts.XCRS_BYTES),
    DEBUG_REGISTERS(Ioctl.GET_DEBUGREGS, Ioctl.SET_DEBUGREGS, Layouts.DEBUGREGS_BYTES),
    /** Needs KVM_CREATE_IRQCHIP. */
    LOCAL_APIC(Ioctl.GET_LAPIC, Ioctl.SET_LAPIC, Layouts.LAPIC_BYTES),
    /** Pending exceptions and interrupts. */
    EVENTS(Ioctl.GET_VCPU_EVENTS, Ioctl.SET_VCPU_EVENTS, Layouts.VCPU_EVENTS_BYTES);

    private final Ioctl getter;
    private final Ioctl setter;
    private final int bytes;

    VcpuPart(Ioctl getter, Ioctl setter, int bytes) {
        this.getter = getter;
        this.setter = setter;
        this.bytes = bytes;
    }

    Ioctl getter(int xsaveBytes) {
        return this == XSAVE && xsaveBytes > 0 ? Ioctl.GET_XSAVE2 : getter;
    }

    Ioctl setter() {
        return setter;
    }

    int bytes(int xsaveBytes) {
        return this == XSAVE ? Math.max(bytes, xsaveBytes) : bytes;
    }
}
