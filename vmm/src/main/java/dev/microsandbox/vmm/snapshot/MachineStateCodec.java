package dev.microsandbox.vmm.snapshot;

import dev.microsandbox.vmm.kvm.Cpuid;
import dev.microsandbox.vmm.kvm.VcpuPart;
import dev.microsandbox.vmm.kvm.VcpuState;
import dev.microsandbox.vmm.kvm.VmPart;
import dev.microsandbox.vmm.virtio.DeviceState;
import dev.microsandbox.vmm.virtio.QueueState;
import dev.microsandbox.vmm.virtio.WindowState;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A {@link MachineState} as bytes. Any change here, also of the order of an enum's constants, is
 * another {@link SnapshotFile#VERSION}.
 */
final class MachineStateCodec {

    private static final int NONE = 0;
    private static final int CONSOLE = 1;
    private static final int BALLOON = 2;

    private static final int CPUID_ENTRY_BYTES = 7 * Integer.BYTES;
    private static final int MSR_BYTES = Integer.BYTES + Long.BYTES;
    private static final int QUEUE_BYTES = 4 * Integer.BYTES + 3 * Long.BYTES + 3;

    private MachineStateCodec() {}

    static void write(MachineState state, StateWriter to) {
        to.list(state.vcpus(), vcpu -> write(vcpu, to));
        for (VmPart part : VmPart.values()) {
            to.bytes(part(state.parts(), part));
        }
        to.list(state.windows(), window -> write(window, to));
        to.list(state.ports(), to::bytes);
    }

    static MachineState read(StateReader from) {
        List<VcpuState> vcpus = from.list(1, () -> vcpu(from));
        Map<VmPart, MemorySegment> parts = new EnumMap<>(VmPart.class);
        for (VmPart part : VmPart.values()) {
            parts.put(part, from.segment());
        }
        return new MachineState(
                vcpus, parts, from.list(1, () -> window(from)), from.list(1, from::segment));
    }

    private static void write(VcpuState vcpu, StateWriter to) {
        for (VcpuPart part : VcpuPart.values()) {
            to.bytes(part(vcpu.parts(), part));
        }
        to.list(vcpu.cpuid().entries(), entry -> write(entry, to));
        to.list(
                List.copyOf(vcpu.msrs().entrySet()),
                msr -> {
                    to.u32(msr.getKey());
                    to.u64(msr.getValue());
                });
        to.u32(vcpu.tscKhz());
    }

    private static VcpuState vcpu(StateReader from) {
        Map<VcpuPart, MemorySegment> parts = new EnumMap<>(VcpuPart.class);
        for (VcpuPart part : VcpuPart.values()) {
            parts.put(part, from.segment());
        }
        Cpuid cpuid = new Cpuid(from.list(CPUID_ENTRY_BYTES, () -> cpuidEntry(from)));
        Map<Integer, Long> msrs = new LinkedHashMap<>();
        from.list(MSR_BYTES, () -> Map.entry(from.u32(), from.u64()))
                .forEach(msr -> msrs.put(msr.getKey(), msr.getValue()));
        return new VcpuState(parts, cpuid, msrs, from.u32());
    }

    private static void write(Cpuid.Entry entry, StateWriter to) {
        to.u32(entry.function());
        to.u32(entry.index());
        to.u32(entry.flags());
        to.u32(entry.eax());
        to.u32(entry.ebx());
        to.u32(entry.ecx());
        to.u32(entry.edx());
    }

    private static Cpuid.Entry cpuidEntry(StateReader from) {
        return new Cpuid.Entry(
                from.u32(), from.u32(), from.u32(), from.u32(), from.u32(), from.u32(), from.u32());
    }

    private static void write(WindowState window, StateWriter to) {
        to.u32(window.status());
        to.u64(window.driverFeatures());
        to.u32(window.deviceFeaturesSelect());
        to.u32(window.driverFeaturesSelect());
        to.u32(window.queueSelect());
        to.u32(window.interruptStatus());
        to.u32(window.generation());
        to.flag(window.active());
        to.list(window.queues(), queue -> write(queue, to));
        write(window.device(), to);
    }

    private static WindowState window(StateReader from) {
        return new WindowState(
                from.u32(),
                from.u64(),
                from.u32(),
                from.u32(),
                from.u32(),
                from.u32(),
                from.u32(),
                from.flag(),
                from.list(QUEUE_BYTES, () -> queue(from)),
                device(from));
    }

    private static void write(QueueState queue, StateWriter to) {
        to.u32(queue.size());
        to.flag(queue.ready());
        to.u64(queue.descriptors());
        to.u64(queue.available());
        to.u64(queue.used());
        to.u32(queue.nextAvailable());
        to.u32(queue.nextUsed());
        to.u32(queue.signalledUsed());
        to.flag(queue.silenced());
        to.flag(queue.dead());
    }

    private static QueueState queue(StateReader from) {
        return new QueueState(
                from.u32(),
                from.flag(),
                from.u64(),
                from.u64(),
                from.u64(),
                from.u32(),
                from.u32(),
                from.u32(),
                from.flag(),
                from.flag());
    }

    private static void write(DeviceState device, StateWriter to) {
        switch (device) {
            case DeviceState.None() -> to.u8(NONE);
            case DeviceState.OfConsole console -> {
                to.u8(CONSOLE);
                to.list(console.toTell(), to::u64);
                to.flag(console.agentPortOpen());
                to.u32(console.inputHead());
                to.u64(console.inputBytes());
            }
            case DeviceState.OfBalloon balloon -> {
                to.u8(BALLOON);
                to.u32(balloon.target());
                to.u32(balloon.actual());
            }
        }
    }

    private static DeviceState device(StateReader from) {
        int kind = from.u8();
        return switch (kind) {
            case NONE -> new DeviceState.None();
            case CONSOLE ->
                    new DeviceState.OfConsole(
                            from.list(Long.BYTES, from::u64), from.flag(), from.u32(), from.u64());
            case BALLOON -> new DeviceState.OfBalloon(from.u32(), from.u32());
            default -> throw new IllegalArgumentException("a device of kind " + kind);
        };
    }

    private static <P> MemorySegment part(Map<P, MemorySegment> parts, P part) {
        MemorySegment value = parts.get(part);
        if (value == null) {
            throw new IllegalArgumentException("the state has no " + part);
        }
        return value;
    }
}
