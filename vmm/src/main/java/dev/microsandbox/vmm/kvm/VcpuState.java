package dev.microsandbox.vmm.kvm;

import dev.microsandbox.vmm.state.StateReader;
import dev.microsandbox.vmm.state.StateWriter;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The state of a vCPU between two instructions. Immutable.
 *
 * @param parts a structure for each part, read-only
 * @param msrs by number, in the order in which KVM lists them
 * @param tscKhz the frequency of the time-stamp counter
 */
public record VcpuState(
        Map<VcpuPart, MemorySegment> parts, Cpuid cpuid, Map<Integer, Long> msrs, int tscKhz) {

    public VcpuState {
        parts = Collections.unmodifiableMap(new EnumMap<>(parts));
        msrs = Collections.unmodifiableMap(new LinkedHashMap<>(msrs));
    }

    private static final int MSR_BYTES = Integer.BYTES + Long.BYTES;

    /**
     * Writes the state. The parts are in the order of {@link VcpuPart}, which is part of the
     * format.
     */
    public void write(StateWriter to) {
        StructureMap.write(VcpuPart.class, parts, to);
        cpuid.write(to);
        to.list(
                List.copyOf(msrs.entrySet()),
                msr -> {
                    to.u32(msr.getKey());
                    to.u64(msr.getValue());
                });
        to.u32(tscKhz);
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws IllegalArgumentException if the bytes are anything else
     */
    public static VcpuState read(StateReader from) {
        Map<VcpuPart, MemorySegment> parts = StructureMap.read(VcpuPart.class, from);
        Cpuid cpuid = Cpuid.read(from);
        Map<Integer, Long> msrs = new LinkedHashMap<>();
        from.list(MSR_BYTES, () -> Map.entry(from.u32(), from.u64()))
                .forEach(msr -> msrs.put(msr.getKey(), msr.getValue()));
        return new VcpuState(parts, cpuid, msrs, from.u32());
    }
}
