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
 * Reads a machine's state from KVM and its devices, and restores it, with all steps in the required
 * order. The machine must be paused meanwhile. The caller saves the memory together with the state,
 * and restores it before the state, because devices read their queues there.
 */
final class StateTransfer {

    /** The order in which a vCPU's parts are read. */
    private static final List<VcpuPart> SAVING =
            List.of(
                    // First, because reading it makes KVM process a pending INIT or SIPI, which
                    // changes the other parts.
                    VcpuPart.MP_STATE,
                    VcpuPart.REGISTERS,
                    VcpuPart.SPECIAL_REGISTERS,
                    VcpuPart.XSAVE,
                    VcpuPart.XCRS,
                    VcpuPart.DEBUG_REGISTERS,
                    VcpuPart.LOCAL_APIC,
                    VcpuPart.EVENTS);

    /** The order in which a vCPU's parts are set before its MSRs. */
    private static final List<VcpuPart> RESTORING_BEFORE_MSRS =
            List.of(
                    VcpuPart.MP_STATE,
                    VcpuPart.REGISTERS,
                    // They contain the local APIC's base and mode, so they precede it.
                    VcpuPart.SPECIAL_REGISTERS,
                    // XCR0 decides which components of XSAVE are used; KVM accepts either order.
                    VcpuPart.XSAVE,
                    VcpuPart.XCRS,
                    VcpuPart.DEBUG_REGISTERS,
                    // It contains the timer's mode, without which KVM drops the timer's deadline.
                    VcpuPart.LOCAL_APIC);

    /**
     * The difference between the frequencies of two processors of one model, in parts per million,
     * that the guest's timekeeping corrects (KVM's own default, kvm.tsc_tolerance_ppm).
     */
    private static final long TSC_TOLERANCE = 250;

    private StateTransfer() {}

    /** The parts of a machine that have state to save. */
    record Subject(Vm vm, List<Vcpu> vcpus, List<VirtioMmio> windows, List<PortBus.Range> ports) {}

    /**
     * Reads the state.
     *
     * @param msrs the numbers of the MSRs to save
     */
    static MachineState save(Subject subject, List<Integer> msrs) throws LinuxException {
        // Devices first, because they may have raised interrupts, which are then part of the
        // controllers' state.
        List<WindowState> windows = subject.windows().stream().map(VirtioMmio::save).toList();
        List<MemorySegment> ports =
                subject.ports().stream()
                        .map(range -> MemorySegment.ofArray(range.device().save()).asReadOnly())
                        .toList();
        List<VcpuState> vcpus = new ArrayList<>();
        for (Vcpu vcpu : subject.vcpus()) {
            vcpus.add(save(vcpu, msrs));
        }
        // After the vCPUs, because KVM's clock continues: the time since they were read is not
        // lost, and no time passes twice.
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
     * Sets the state of a machine, whether or not it has run before. Raises interrupts again that
     * may have been in flight. The caller then notifies the devices.
     *
     * @throws IllegalArgumentException if the state belongs to a machine with a different setup
     */
    static void restore(Subject subject, MachineState state) throws LinuxException {
        requireFit(subject, state);
        for (int id = 0; id < state.vcpus().size(); id++) {
            restore(subject.vcpus().get(id), state.vcpus().get(id));
        }
        // After the vCPUs, because setting their TSC or their clock's MSR makes KVM recompute its
        // clock. The controllers come after the local APICs, to which they deliver.
        for (VmPart part : VmPart.values()) {
            subject.vm().set(part, part(state.parts(), part));
        }
        for (int i = 0; i < state.ports().size(); i++) {
            byte[] bytes = state.ports().get(i).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
            subject.ports().get(i).device().restore(bytes);
        }
        // Last, because the controllers must be ready for the interrupts that devices raise.
        for (int i = 0; i < state.windows().size(); i++) {
            VirtioMmio window = subject.windows().get(i);
            window.restore(state.windows().get(i));
            window.raiseAgain();
        }
    }

    /**
     * Checks that a state can be set.
     *
     * @throws IllegalArgumentException if the state belongs to a machine with a different setup
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
        // After the registers, because setting those clears pending exceptions.
        vcpu.set(VcpuPart.EVENTS, part(state.parts(), VcpuPart.EVENTS));
        // After the MSR that holds the address of the guest's clock. A guest without that clock is
        // not told, and has no watchdog that uses it.
        boolean _ = vcpu.tellStopped();
    }

    private static void restoreMsrs(Vcpu vcpu, Map<Integer, Long> saved) throws LinuxException {
        Map<Integer, Long> values = new LinkedHashMap<>(saved);
        Long deadline = values.remove(SavedMsrs.TSC_DEADLINE);
        setMsrs(vcpu, values);
        Long counter = saved.get(SavedMsrs.TSC);
        if (deadline != null && counter != null) {
            // The deadline comes after the other MSRs, because it is compared with the counter.
            long now = vcpu.msrs(List.of(SavedMsrs.TSC)).getOrDefault(SavedMsrs.TSC, counter);
            long value = deadline(deadline, counter, now);
            setMsrs(vcpu, Map.of(SavedMsrs.TSC_DEADLINE, value));
        }
    }

    /**
     * Computes when the local APIC's timer must fire. If no deadline was set, or if it has passed,
     * the timer fires now: it may have fired without its interrupt having been delivered, and a
     * spurious one does no harm. Otherwise the remaining time stays the same: on a KVM that does
     * not let the counter be set, the counter has jumped, so the deadline must jump with it.
     *
     * @param saved the saved deadline, in counter ticks; 0 if none was set
     * @param counter the saved counter
     * @param now the current counter
     */
    static long deadline(long saved, long counter, long now) {
        long left = saved - counter;
        return saved == 0 || left <= 0 ? now : now + left;
    }

    /**
     * Sets MSRs in the map's order. KVM may refuse to set an MSR that it lets be read; that does no
     * harm if the MSR has the value already. The time-stamp counter need not be settable, because
     * guests on such a KVM use KVM's clock.
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
