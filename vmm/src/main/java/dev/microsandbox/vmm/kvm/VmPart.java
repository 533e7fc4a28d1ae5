package dev.microsandbox.vmm.kvm;

import dev.microsandbox.vmm.state.StateReader;
import dev.microsandbox.vmm.state.StateWriter;
import java.lang.foreign.MemorySegment;
import java.util.Map;

/**
 * The parts of a VM's state outside of its vCPUs, each of which KVM gets and sets as one structure.
 */
@SuppressWarnings("ImmutableEnumChecker") // a request is a record of a name and a number
public enum VmPart {
    /** The paravirtual clock, in nanoseconds, from which the guest derives its monotonic time. */
    CLOCK(Ioctl.GET_CLOCK, Ioctl.SET_CLOCK, Layouts.CLOCK_BYTES, -1),
    // The numbers of the chips are KVM_IRQCHIP_* of asm/kvm.h.
    PIC_MASTER(Ioctl.GET_IRQCHIP, Ioctl.SET_IRQCHIP, Layouts.IRQCHIP_BYTES, 0),
    PIC_SLAVE(Ioctl.GET_IRQCHIP, Ioctl.SET_IRQCHIP, Layouts.IRQCHIP_BYTES, 1),
    IO_APIC(Ioctl.GET_IRQCHIP, Ioctl.SET_IRQCHIP, Layouts.IRQCHIP_BYTES, 2);

    private final Ioctl getter;
    private final Ioctl setter;
    private final int bytes;
    private final int chip;

    VmPart(Ioctl getter, Ioctl setter, int bytes, int chip) {
        this.getter = getter;
        this.setter = setter;
        this.bytes = bytes;
        this.chip = chip;
    }

    /** Writes all parts of a VM, in the order of the constants, which is part of the format. */
    public static void write(Map<VmPart, MemorySegment> parts, StateWriter to) {
        StructureMap.write(VmPart.class, parts, to);
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws IllegalArgumentException if the bytes are anything else
     */
    public static Map<VmPart, MemorySegment> read(StateReader from) {
        return StructureMap.read(VmPart.class, from);
    }

    Ioctl getter() {
        return getter;
    }

    Ioctl setter() {
        return setter;
    }

    int bytes() {
        return bytes;
    }

    /** Sets the field of the structure that selects the part. */
    void select(MemorySegment structure) {
        if (chip >= 0) {
            structure.set(Layouts.U32, Layouts.IRQCHIP_ID, chip);
        }
    }

    /** Turns a structure that KVM returned into one that KVM accepts. */
    void prepare(MemorySegment value, MemorySegment structure) {
        if (this == CLOCK) {
            // Sets only the time. With the flags that say when it was read, KVM would add the time
            // that has passed since, and the guest's clock would jump.
            structure.set(
                    Layouts.U64, Layouts.CLOCK_NANOS, value.get(Layouts.U64, Layouts.CLOCK_NANOS));
        } else {
            structure.copyFrom(value);
            select(structure);
        }
    }
}
