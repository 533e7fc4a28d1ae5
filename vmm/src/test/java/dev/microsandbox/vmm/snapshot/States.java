package dev.microsandbox.vmm.snapshot;

import dev.microsandbox.vmm.kvm.CpuFeatures;
import dev.microsandbox.vmm.kvm.Cpuid;
import dev.microsandbox.vmm.kvm.VcpuPart;
import dev.microsandbox.vmm.kvm.VcpuState;
import dev.microsandbox.vmm.kvm.VmPart;
import dev.microsandbox.vmm.virtio.Balloon;
import dev.microsandbox.vmm.virtio.Console;
import dev.microsandbox.vmm.virtio.DeviceState;
import dev.microsandbox.vmm.virtio.QueueState;
import dev.microsandbox.vmm.virtio.WindowState;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** States of imaginary machines, in which each field has a different value. */
final class States {

    static final Requirements HERE = requirements(0x1234);

    private States() {}

    static Requirements requirements(int features) {
        Cpuid cpuid = new Cpuid(List.of(new Cpuid.Entry(1, 0, 0, 1, 2, features, 4)));
        return new Requirements(CpuFeatures.of(cpuid), "kernel", "rootfs");
    }

    static MachineState state(int vcpus) {
        Map<VmPart, MemorySegment> parts = new EnumMap<>(VmPart.class);
        for (VmPart part : VmPart.values()) {
            parts.put(part, bytes(part.toString()));
        }
        List<VcpuState> states = new java.util.ArrayList<>();
        for (int i = 0; i < vcpus; i++) {
            states.add(vcpu(i));
        }
        WindowState console =
                new WindowState(
                        1,
                        2L << 40,
                        3,
                        4,
                        5,
                        6,
                        7,
                        true,
                        List.of(
                                new QueueState(8, true, 9, 10, 11, 12, 13, 14, false, true),
                                new QueueState(-8, false, -9, -10, -11, 15, 16, 17, true, false)),
                        new Console.ConsoleState(List.of(18L, -19L), true, 20, 21));
        WindowState none =
                new WindowState(
                        22, 23, 24, 25, 26, 27, 28, false, List.of(), new DeviceState.None());
        WindowState balloon =
                new WindowState(
                        0, 0, 0, 0, 0, 0, 0, false, List.of(), new Balloon.BalloonState(29, 30));
        return new MachineState(
                states, parts, List.of(console, none, balloon), List.of(bytes("serial")));
    }

    private static VcpuState vcpu(int id) {
        Map<VcpuPart, MemorySegment> parts = new EnumMap<>(VcpuPart.class);
        for (VcpuPart part : VcpuPart.values()) {
            parts.put(part, bytes(part + " of " + id));
        }
        Map<Integer, Long> msrs = new LinkedHashMap<>();
        msrs.put(0xc000_0081, 31L + id);
        msrs.put(0x10, -32L);
        return new VcpuState(
                parts, new Cpuid(List.of(new Cpuid.Entry(33, 34, 35, 36, 37, 38, id))), msrs, 39);
    }

    private static MemorySegment bytes(String text) {
        return MemorySegment.ofArray(text.getBytes(java.nio.charset.StandardCharsets.UTF_8))
                .asReadOnly();
    }
}
