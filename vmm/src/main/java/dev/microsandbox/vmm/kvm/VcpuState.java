package dev.microsandbox.vmm.kvm;

import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a vCPU's next instruction finds. Immutable.
 *
 * @param parts one structure each, read-only
 * @param msrs by number, in the order in which KVM lists them
 * @param tscKhz how fast the time-stamp counter counts
 */
public record VcpuState(
        Map<VcpuPart, MemorySegment> parts, Cpuid cpuid, Map<Integer, Long> msrs, int tscKhz) {

    public VcpuState {
        parts = Collections.unmodifiableMap(new EnumMap<>(parts));
        msrs = Collections.unmodifiableMap(new LinkedHashMap<>(msrs));
    }
}
