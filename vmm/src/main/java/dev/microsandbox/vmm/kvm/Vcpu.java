package dev.microsandbox.vmm.kvm;

import dev.microsandbox.vmm.linux.Errno;
import dev.microsandbox.vmm.linux.FileDescriptor;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.linux.Mapping;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * A virtual processor of KVM. For one thread at a time. Always call {@link #run} from the same
 * thread: KVM binds a vCPU to the thread that runs it, and waits for an RCU grace period when the
 * thread changes.
 */
public final class Vcpu implements AutoCloseable {

    private final FileDescriptor descriptor;
    private final Mapping mapping;
    private final RunState state;
    private final int xsaveBytes;

    /**
     * @param xsaveBytes size of KVM_GET_XSAVE2's structure; 0 if KVM has only KVM_GET_XSAVE
     */
    Vcpu(FileDescriptor descriptor, Mapping mapping, int xsaveBytes) {
        this.descriptor = descriptor;
        this.mapping = mapping;
        this.state = new RunState(mapping.segment());
        this.xsaveBytes = xsaveBytes;
    }

    /**
     * KVM_RUN: runs the guest until an exit, which {@link #state} describes.
     *
     * @return 0, or the negated errno; −EINTR after a signal that the mask lets through
     */
    public int run() {
        return descriptor.tryIoctl(Ioctl.RUN.number(), 0);
    }

    /** The struct kvm_run that KVM shares with this process. */
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

    /** KVM_GET_CPUID2: the leaves that were set. */
    public Cpuid cpuid() throws LinuxException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment table =
                    call.allocate(
                            Layouts.CPUID_ENTRIES
                                    + (long) Kvm.MOST_CPUID_ENTRIES * Layouts.CPUID_ENTRY_BYTES,
                            8);
            table.set(Layouts.U32, Layouts.CPUID_COUNT, Kvm.MOST_CPUID_ENTRIES);
            ioctl(Ioctl.GET_CPUID2, table);
            return Cpuid.of(table);
        }
    }

    /**
     * KVM_GET_MSRS.
     *
     * @param numbers of the MSRs to read
     * @return their values, in that order, without those that KVM refuses to read
     */
    public Map<Integer, Long> msrs(Collection<Integer> numbers) throws LinuxException {
        List<Integer> left = new ArrayList<>(numbers);
        Map<Integer, Long> values = new LinkedHashMap<>();
        while (!left.isEmpty()) {
            int count = readMsrs(left, values);
            // KVM stops at the first that it refuses. The next call asks for those after it.
            left = left.subList(Math.min(count + 1, left.size()), left.size());
        }
        return values;
    }

    private int readMsrs(List<Integer> numbers, Map<Integer, Long> values) throws LinuxException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment table =
                    call.allocate(
                            Layouts.MSRS_ENTRIES + (long) numbers.size() * Layouts.MSR_ENTRY_BYTES,
                            8);
            table.set(Layouts.U32, Layouts.MSRS_COUNT, numbers.size());
            for (int i = 0; i < numbers.size(); i++) {
                table.set(Layouts.U32, msrEntry(i) + Layouts.MSR_ENTRY_INDEX, numbers.get(i));
            }
            int count = descriptor.ioctl(Ioctl.GET_MSRS.name(), Ioctl.GET_MSRS.number(), table);
            for (int i = 0; i < count; i++) {
                values.put(
                        numbers.get(i),
                        table.get(Layouts.U64, msrEntry(i) + Layouts.MSR_ENTRY_DATA));
            }
            return count;
        }
    }

    private static long msrEntry(int index) {
        return Layouts.MSRS_ENTRIES + (long) index * Layouts.MSR_ENTRY_BYTES;
    }

    /** KVM_GET_TSC_KHZ: the frequency of the guest's time-stamp counter. */
    public int tscKhz() throws LinuxException {
        return descriptor.ioctl(Ioctl.GET_TSC_KHZ.name(), Ioctl.GET_TSC_KHZ.number(), 0);
    }

    /**
     * KVM_SET_TSC_KHZ. Needs a processor that can scale the counter or that has the same frequency.
     */
    public void setTscKhz(int khz) throws LinuxException {
        int _ = descriptor.ioctl(Ioctl.SET_TSC_KHZ.name(), Ioctl.SET_TSC_KHZ.number(), khz);
    }

    /**
     * KVM_KVMCLOCK_CTRL: tells the guest that it was stopped, so that its watchdogs do not fire.
     *
     * @return whether the guest uses the paravirtual clock; no other guest can be told
     */
    public boolean tellStopped() throws LinuxException {
        int result = descriptor.tryIoctl(Ioctl.KVMCLOCK_CTRL.number(), 0);
        if (result < 0 && result != -Errno.EINVAL) {
            throw new LinuxException(Ioctl.KVMCLOCK_CTRL.name(), -result);
        }
        return result >= 0;
    }

    /**
     * Reads a part of the state.
     *
     * @return the kernel's structure, read-only
     */
    public MemorySegment get(VcpuPart part) throws LinuxException {
        return get(part.getter(xsaveBytes), part.bytes(xsaveBytes)).asReadOnly();
    }

    /**
     * Sets a part of the state.
     *
     * @param value as returned by {@link #get}
     * @throws IllegalArgumentException if it does not have the size that this host's KVM uses for
     *     the part
     */
    public void set(VcpuPart part, MemorySegment value) throws LinuxException {
        int bytes = part.bytes(xsaveBytes);
        // KVM reads as many bytes as it expects, regardless of the segment's size.
        if (value.byteSize() != bytes) {
            throw new IllegalArgumentException(
                    "%s has %d bytes here, not %d".formatted(part, bytes, value.byteSize()));
        }
        set(part.setter(), value);
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

    /** KVM_SET_FPU with the state after FNINIT and a reset of SSE: all exceptions masked. */
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
     * KVM_TRANSLATE: translates a virtual address of the guest by its current page tables.
     *
     * @return the guest-physical address; empty if the address is not mapped
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

    /** Closes the vCPU. No thread may be in {@link #run}. */
    @Override
    public void close() {
        mapping.close();
        descriptor.close();
    }
}
