package dev.microsandbox.vmm.kvm;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * General-purpose registers: struct kvm_regs.
 *
 * @param bytes the structure, which must not be changed
 */
public record Registers(MemorySegment bytes) {

    /** The names, in the structure's order. */
    private static final List<String> NAMES =
            List.of(
                    "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rsp", "rbp", "r8", "r9", "r10",
                    "r11", "r12", "r13", "r14", "r15", "rip", "rflags");

    /** All zero except for bit 1 of the flags, which is always 1. */
    public static Registers zero() {
        return new Registers(MemorySegment.ofArray(new byte[Layouts.REGS_BYTES])).with("rflags", 2);
    }

    /** A copy with one register changed. */
    public Registers with(String name, long value) {
        MemorySegment changed = MemorySegment.ofArray(bytes.toArray(Layouts.U8));
        changed.set(Layouts.U64, offset(name), value);
        return new Registers(changed);
    }

    public long get(String name) {
        return bytes.get(Layouts.U64, offset(name));
    }

    private static long offset(String name) {
        int index = NAMES.indexOf(name);
        if (index < 0) {
            throw new IllegalArgumentException("no register " + name);
        }
        return (long) index * Long.BYTES;
    }

    /** All registers, four per line. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < NAMES.size(); i++) {
            text.append(i == 0 ? "" : i % 4 == 0 ? "\n" : "  ")
                    .append("%-3s %016x".formatted(NAMES.get(i), get(NAMES.get(i))));
        }
        return text.toString();
    }
}
