package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.kvm.SavedMsrs;
import dev.microsandbox.vmm.kvm.Vcpu;
import dev.microsandbox.vmm.kvm.VcpuPart;
import dev.microsandbox.vmm.kvm.VcpuState;
import dev.microsandbox.vmm.kvm.Vm;
import dev.microsandbox.vmm.kvm.VmPart;
import dev.microsandbox.vmm.linux.Errno;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.snapshot.MachineState;
import dev.microsandbox.vmm.virtio.VirtioMmio;
import dev.microsandbox.vmm.virtio.WindowState;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Takes a machine's state out of KVM and its devices, and puts it back: all steps, in their order.
 * Nothing of the machine runs meanwhile. Memory is the caller's: saved with the state, and restored
 * before it, since devices look at their queues there.
 */
final class StateTransfer {

    /** Of a vCPU's parts, in which order they are read. */
    private static final List<VcpuPart> SAVING =
            List.of(
                    // First: asking makes KVM take an INIT or SIPI that is on its way, which
                    // changes the other parts.
                    VcpuPart.MP_STATE,
                    VcpuPart.REGISTERS,
                    VcpuPart.SPECIAL_REGISTERS,
                    VcpuPart.XSAVE,
                    VcpuPart.XCRS,
                    VcpuPart.DEBUG_REGISTERS,
                    VcpuPart.LOCAL_APIC,
                    VcpuPart.EVENTS);

    /** Up to the MSRs, in which order they are set. */
    private static final List<VcpuPart> RESTORING_BEFORE_MSRS =
            List.of(
                    VcpuPart.MP_STATE,
                    VcpuPart.REGISTERS,
                    // They have the local APIC's base and mode, so they precede it.
                    VcpuPart.SPECIAL_REGISTERS,
                    // Which state there is decides what of XSAVE counts; KVM takes either order.
                    VcpuPart.XSAVE,
                    VcpuPart.XCRS,
                    VcpuPart.DEBUG_REGISTERS,
                    // It has the timer's mode, without which KVM drops the timer's deadline.
                    VcpuPart.LOCAL_APIC);

    /**
     * Two processors of one kind differ by this much, in millionths: their clocks are corrected for
     * it by the guest's timekeeping (KVM's own default, kvm.tsc_tolerance_ppm).
     */
    private static final long TSC_TOLERANCE = 250;

    private StateTransfer() {}

    /** What is saved and restored. */
    record Subject(Vm vm, List<Vcpu> vcpus, List<VirtioMmio> windows, List<PortBus.Range> ports) {}

    /**
     * Reads the state.
     *
     * @param msrs those that are to be saved
     */
    static MachineState save(Subject subject, List<Integer> msrs) throws LinuxException {
        // Devices first: what they do raises interrupts, which then are in the controllers' state.
        List<WindowState> windows = subject.windows().stream().map(VirtioMmio::save).toList();
        List<MemorySegment> ports =
                subject.ports().stream()
                        .map(range -> MemorySegment.ofArray(range.device().save()).asReadOnly())
                        .toList();
        List<VcpuState> vcpus = new ArrayList<>();
        for (Vcpu vcpu : subject.vcpus()) {
            vcpus.add(save(vcpu, msrs));
        }
        // After the vCPUs, as KVM's clock goes on: time since is not lost, but never runs twice.
        Map<VmPart, MemorySegment> parts = new EnumMap<>(VmPart.class);
        for (VmPart part : VmPart.values()) {
            parts.put(part, subject.vm().get(part));
        }
        return new MachineState(vcpus, parts, windows, ports);
    }

    private static VcpuState save(Vcpu vcpu, List<Integer> msrs) throws LinuxException {
        Map<VcpuPart, MemorySegment> parts = new EnumMap<>(VcpuPart.class);
        for (VcpuPart part : SAVING) {
            parts.put(part, vcpu.get(part));
        }
        return new VcpuState(parts, vcpu.cpuid(), vcpu.msrs(msrs), vcpu.tscKhz());
    }

    /**
     * Sets the state, of a machine that has not run yet or of one that has. Interrupts that may
     * have been under way are raised again; the caller notifies the devices.
     *
     * @throws IllegalArgumentException if it is that of a machine made otherwise
     */
    static void restore(Subject subject, MachineState state) throws LinuxException {
        requireFit(subject, state);
        for (int id = 0; id < state.vcpus().size(); id++) {
            restore(subject.vcpus().get(id), state.vcpus().get(id));
        }
        // After the vCPUs: setting their TSC or their clock's MSR makes KVM work out its clock
        // anew. The controllers after the local APICs, which they deliver to.
        for (VmPart part : VmPart.values()) {
            subject.vm().set(part, part(state.parts(), part));
        }
        for (int i = 0; i < state.ports().size(); i++) {
            byte[] bytes = state.ports().get(i).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
            subject.ports().get(i).device().restore(bytes);
        }
        // Last: now there are controllers for what they raise.
        for (int i = 0; i < state.windows().size(); i++) {
            VirtioMmio window = subject.windows().get(i);
            window.restore(state.windows().get(i));
            window.raiseAgain();
        }
    }

    /**
     * Whether a state can be set.
     *
     * @throws IllegalArgumentException if it is that of a machine made otherwise
     */
    static void requireFit(Subject subject, MachineState state) {
        if (state.vcpus().size() != subject.vcpus().size()
                || state.windows().size() != subject.windows().size()
                || state.ports().size() != subject.ports().size()) {
            throw new IllegalArgumentException("the state is that of a machine made otherwise");
        }
    }

    private static void restore(Vcpu vcpu, VcpuState state) throws LinuxException {
        long off = Math.abs((long) vcpu.tscKhz() - state.tscKhz());
        if (off * 1_000_000 > TSC_TOLERANCE * state.tscKhz()) {
            vcpu.setTscKhz(state.tscKhz());
        }
        for (VcpuPart part : RESTORING_BEFORE_MSRS) {
            vcpu.set(part, part(state.parts(), part));
        }
        restoreMsrs(vcpu, state.msrs());
        // After the registers, whose setting clears exceptions.
        vcpu.set(VcpuPart.EVENTS, part(state.parts(), VcpuPart.EVENTS));
        // After the MSR by which the guest has given its clock a place. A guest without one does
        // not get to know, and has no watchdog that goes by that clock.
        boolean _ = vcpu.tellStopped();
    }

    private static void restoreMsrs(Vcpu vcpu, Map<Integer, Long> saved) throws LinuxException {
        Map<Integer, Long> values = new LinkedHashMap<>(saved);
        Long deadline = values.remove(SavedMsrs.TSC_DEADLINE);
        setMsrs(vcpu, values);
        Long counter = saved.get(SavedMsrs.TSC);
        if (deadline != null && counter != null) {
            // Last of them, as it is compared with the counter.
            long now = vcpu.msrs(List.of(SavedMsrs.TSC)).getOrDefault(SavedMsrs.TSC, counter);
            long value = deadline(deadline, counter, now);
            setMsrs(vcpu, Map.of(SavedMsrs.TSC_DEADLINE, value));
        }
    }

    /**
     * When the local APIC's timer is to fire. None, or one that has passed, becomes now: it may
     * have fired without the interrupt having been delivered, and one too many does no harm. Else
     * the time that was left is left: where KVM does not let the counter be set, it has jumped, and
     * the deadline with it.
     *
     * @param saved deadline by the counter as it was saved
     * @param counter as it was saved
     * @param now the counter
     */
    static long deadline(long saved, long counter, long now) {
        long left = saved - counter;
        return saved == 0 || left <= 0 ? now : now + left;
    }

    /**
     * Sets MSRs, in their order. Some can be read and not be set: that is no harm where the value
     * is that already. The time-stamp counter need not be settable: guests on such a KVM go by
     * KVM's clock.
     */
    private static void setMsrs(Vcpu vcpu, Map<Integer, Long> values) throws LinuxException {
        List<Integer> numbers = new ArrayList<>(values.keySet());
        int done = 0;
        while (done < numbers.size()) {
            Map<Integer, Long> rest = new LinkedHashMap<>();
            numbers.subList(done, numbers.size())
                    .forEach(number -> rest.put(number, values.getOrDefault(number, 0L)));
            done += vcpu.setMsrs(rest);
            if (done < numbers.size()) {
                int refused = numbers.get(done++);
                Long value = values.get(refused);
                boolean isCounter = refused == SavedMsrs.TSC || refused == SavedMsrs.TSC_ADJUST;
                if (!isCounter && !vcpu.msrs(List.of(refused)).containsValue(value)) {
                    throw new LinuxException(
                            "KVM_SET_MSRS(%#x, %#x)".formatted(refused, value), Errno.EINVAL);
                }
            }
        }
    }

    private static <P> MemorySegment part(Map<P, MemorySegment> parts, P part) {
        MemorySegment value = parts.get(part);
        if (value == null) {
            throw new IllegalArgumentException("the state has no " + part);
        }
        return value;
    }
}
