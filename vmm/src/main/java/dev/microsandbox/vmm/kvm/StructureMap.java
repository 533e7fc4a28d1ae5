package dev.microsandbox.vmm.kvm;

import dev.microsandbox.vmm.state.StateReader;
import dev.microsandbox.vmm.state.StateWriter;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.Map;

/**
 * Encodes a map from parts of a state to KVM's structures, in the order of the enum's constants.
 */
final class StructureMap {

    private StructureMap() {}

    /**
     * Writes the structures.
     *
     * @throws IllegalArgumentException if a structure is missing
     */
    static <P extends Enum<P>> void write(
            Class<P> parts, Map<P, MemorySegment> structures, StateWriter to) {
        for (P part : parts.getEnumConstants()) {
            MemorySegment structure = structures.get(part);
            if (structure == null) {
                throw new IllegalArgumentException("the state has no " + part);
            }
            to.bytes(structure);
        }
    }

    /**
     * Reads what {@link #write} wrote; throws IllegalArgumentException if the bytes are anything
     * else.
     */
    static <P extends Enum<P>> Map<P, MemorySegment> read(Class<P> parts, StateReader from) {
        Map<P, MemorySegment> structures = new EnumMap<>(parts);
        for (P part : parts.getEnumConstants()) {
            structures.put(part, from.segment());
        }
        return structures;
    }
}
