package dev.microsandbox.vmm.kvm;

import dev.microsandbox.vmm.linux.FileDescriptor;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.linux.Mapping;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.OptionalLong;

/**
 * A virtual processor of KVM. For one thread at a time, and once it has run for that thread alone:
 * KVM binds it to the thread that calls it.
 */
public final class Vcpu implements AutoCloseable {

    private final FileDescriptor descriptor;
    private final Mapping mapping;
    private final RunState state;

    Vcpu(FileDescriptor descriptor, Mapping mapping) {
        this.descriptor = descriptor;
        this.mapping = mapping;
        this.state = new RunState(mapping.segment());
    }

    /**
     * KVM_RUN: lets the guest run until something happens that {@link #state} tells.
     *
     * @return 0, or the negated errno; −EINTR after a signal that the mask lets through
     */
    public int run() {
        return descriptor.tryIoctl(Ioctl.RUN.number(), 0);
    }

    /** The memory that KVM shares with us about this vCPU. */
    public RunState state() {
        return state;
    }

    /** KVM_SET_CPUID2. */
    public void setCpuid(Cpuid cpuid) throws LinuxException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment table = call.allocate(cpuid.byteSize(), 8);
            cpuid.writeTo(table);
            ioctl(Ioctl.SET_CPUID2, table);
        }
    }

    /**
     * KVM_SET_MSRS.
     *
     * @param values by MSR number, set in the map's order
     * @return how many were set: KVM stops at the first that it refuses
     */
    public int setMsrs(Map<Integer, Long> values) throws LinuxException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment table =
                    call.allocate(
                            Layouts.MSRS_ENTRIES + (long) values.size() * Layouts.MSR_ENTRY_BYTES,
                            8);
            table.set(Layouts.U32, Layouts.MSRS_COUNT, values.size());
            long at = Layouts.MSRS_ENTRIES;
            for (Map.Entry<Integer, Long> value : values.entrySet()) {
                table.set(Layouts.U32, at + Layouts.MSR_ENTRY_INDEX, value.getKey());
                table.set(Layouts.U64, at + Layouts.MSR_ENTRY_DATA, value.getValue());
                at += Layouts.MSR_ENTRY_BYTES;
            }
            return descriptor.ioctl(Ioctl.SET_MSRS.name(), Ioctl.SET_MSRS.number(), table);
        }
    }

    /** KVM_GET_REGS. */
    public Registers registers() throws LinuxException {
        return new Registers(get(Ioctl.GET_REGS, Layouts.REGS_BYTES));
    }

    /** KVM_SET_REGS. */
    public void setRegisters(Registers registers) throws LinuxException {
        set(Ioctl.SET_REGS, registers.bytes());
    }

    /** KVM_GET_SREGS. */
    public SpecialRegisters specialRegisters() throws LinuxException {
        return new SpecialRegisters(get(Ioctl.GET_SREGS, Layouts.SREGS_BYTES));
    }

    /** KVM_SET_SREGS. */
    public void setSpecialRegisters(SpecialRegisters registers) throws LinuxException {
        set(Ioctl.SET_SREGS, registers.bytes());
    }

    /** KVM_SET_FPU to the state after FNINIT and a reset of SSE: all exceptions masked. */
    public void resetFpu() throws LinuxException {
        MemorySegment fpu = MemorySegment.ofArray(new byte[Layouts.FPU_BYTES]);
        fpu.set(Layouts.U16, Layouts.FPU_FCW, (short) 0x37f);
        fpu.set(Layouts.U32, Layouts.FPU_MXCSR, 0x1f80);
        set(Ioctl.SET_FPU, fpu);
    }

    /** KVM_GET_LAPIC: the registers of the local APIC, as in its MMIO page. */
    public MemorySegment localApic() throws LinuxException {
        return get(Ioctl.GET_LAPIC, Layouts.LAPIC_BYTES);
    }

    /** KVM_SET_LAPIC. */
    public void setLocalApic(MemorySegment registers) throws LinuxException {
        set(Ioctl.SET_LAPIC, registers);
    }

    /**
     * KVM_SET_SIGNAL_MASK: the signals that stay blocked while the guest runs.
     *
     * @param mask the kernel's sigset_t
     */
    public void setSignalMask(long mask) throws LinuxException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment request = call.allocate(Layouts.SIGNAL_MASK_BYTES, 8);
            request.set(Layouts.U32, Layouts.SIGNAL_MASK_LENGTH, Layouts.SIGSET_BYTES);
            request.set(Layouts.U64, Layouts.SIGNAL_MASK_SET, mask);
            ioctl(Ioctl.SET_SIGNAL_MASK, request);
        }
    }

    /**
     * KVM_TRANSLATE: where a virtual address of the guest is now.
     *
     * @return the guest-physical address; empty if there is none
     */
    public OptionalLong translate(long linearAddress) throws LinuxException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment translation = call.allocate(Layouts.TRANSLATION_BYTES, 8);
            translation.set(Layouts.U64, Layouts.TRANSLATION_LINEAR, linearAddress);
            ioctl(Ioctl.TRANSLATE, translation);
            return translation.get(Layouts.U8, Layouts.TRANSLATION_VALID) == 0
                    ? OptionalLong.empty()
                    : OptionalLong.of(translation.get(Layouts.U64, Layouts.TRANSLATION_PHYSICAL));
        }
    }

    private MemorySegment get(Ioctl request, int size) throws LinuxException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment structure = call.allocate(size, 8);
            ioctl(request, structure);
            return MemorySegment.ofArray(structure.toArray(Layouts.U8));
        }
    }

    private void set(Ioctl request, MemorySegment value) throws LinuxException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment structure = call.allocate(value.byteSize(), 8);
            structure.copyFrom(value);
            ioctl(request, structure);
        }
    }

    private void ioctl(Ioctl request, MemorySegment argument) throws LinuxException {
        int _ = descriptor.ioctl(request.name(), request.number(), argument);
    }

    /** Closes it; nobody may be in {@link #run}. */
    @Override
    public void close() {
        mapping.close();
        descriptor.close();
    }
}
