package dev.microsandbox.vmm.snapshot;

import dev.microsandbox.vmm.kvm.VcpuState;
import dev.microsandbox.vmm.kvm.VmPart;
import dev.microsandbox.vmm.state.StateReader;
import dev.microsandbox.vmm.state.StateWriter;
import dev.microsandbox.vmm.virtio.WindowState;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The state of a machine between two instructions, except for memory and files. Immutable;
 * independent of the machine from which it was taken.
 *
 * @param vcpus by id
 * @param parts a structure for each part of the VM, read-only
 * @param windows of the virtio devices, in the order of their windows
 * @param ports of the devices on the port bus, in the machine's order; read-only
 */
public record MachineState(
        List<VcpuState> vcpus,
        Map<VmPart, MemorySegment> parts,
        List<WindowState> windows,
        List<MemorySegment> ports) {

    public MachineState {
        vcpus = List.copyOf(vcpus);
        parts = Collections.unmodifiableMap(new EnumMap<>(parts));
        windows = List.copyOf(windows);
        ports = List.copyOf(ports);
    }

    void write(StateWriter to) {
        to.list(vcpus, vcpu -> vcpu.write(to));
        VmPart.write(parts, to);
        to.list(windows, window -> window.write(to));
        to.list(ports, to::bytes);
    }

    static MachineState read(StateReader from) {
        return new MachineState(
                from.list(1, () -> VcpuState.read(from)),
                VmPart.read(from),
                from.list(1, () -> WindowState.read(from)),
                from.list(1, from::segment));
    }
}
