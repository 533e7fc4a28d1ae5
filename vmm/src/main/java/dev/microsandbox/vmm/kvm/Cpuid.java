package dev.microsandbox.vmm.kvm;

import dev.microsandbox.vmm.state.StateReader;
import dev.microsandbox.vmm.state.StateWriter;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The answers of the CPUID instruction: a list of leaves. Immutable.
 *
 * @param entries in KVM's order
 */
public record Cpuid(List<Entry> entries) {

    public Cpuid {
        entries = List.copyOf(entries);
    }

    /**
     * One leaf: struct kvm_cpuid_entry2.
     *
     * @param function the leaf: EAX when CPUID is executed
     * @param index the subleaf: ECX when CPUID is executed, if the flags say that it matters
     */
    public record Entry(int function, int index, int flags, int eax, int ebx, int ecx, int edx) {

        /** Its size in a snapshot, in bytes. */
        private static final int BYTES = 7 * Integer.BYTES;

        private void write(StateWriter to) {
            to.u32(function);
            to.u32(index);
            to.u32(flags);
            to.u32(eax);
            to.u32(ebx);
            to.u32(ecx);
            to.u32(edx);
        }

        private static Entry read(StateReader from) {
            return new Entry(
                    from.u32(),
                    from.u32(),
                    from.u32(),
                    from.u32(),
                    from.u32(),
                    from.u32(),
                    from.u32());
        }

        public Entry withEax(int value) {
            return new Entry(function, index, flags, value, ebx, ecx, edx);
        }

        public Entry withEbx(int value) {
            return new Entry(function, index, flags, eax, value, ecx, edx);
        }

        public Entry withEcx(int value) {
            return new Entry(function, index, flags, eax, ebx, value, edx);
        }

        public Entry withEdx(int value) {
            return new Entry(function, index, flags, eax, ebx, ecx, value);
        }
    }

    void write(StateWriter to) {
        to.list(entries, entry -> entry.write(to));
    }

    static Cpuid read(StateReader from) {
        return new Cpuid(from.list(Entry.BYTES, () -> Entry.read(from)));
    }

    /** Applies a change to each leaf and returns the result. */
    public Cpuid map(UnaryOperator<Entry> change) {
        return new Cpuid(entries.stream().map(change).toList());
    }

    /** Reads a struct kvm_cpuid2. */
    static Cpuid of(MemorySegment table) {
        int count = table.get(Layouts.U32, Layouts.CPUID_COUNT);
        List<Entry> entries = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            long at = Layouts.CPUID_ENTRIES + (long) i * Layouts.CPUID_ENTRY_BYTES;
            entries.add(
                    new Entry(
                            table.get(Layouts.U32, at),
                            table.get(Layouts.U32, at + 4),
                            table.get(Layouts.U32, at + 8),
                            table.get(Layouts.U32, at + 12),
                            table.get(Layouts.U32, at + 16),
                            table.get(Layouts.U32, at + 20),
                            table.get(Layouts.U32, at + 24)));
        }
        return new Cpuid(entries);
    }

    /** The size of this as a struct kvm_cpuid2. */
    long byteSize() {
        return Layouts.CPUID_ENTRIES + (long) entries.size() * Layouts.CPUID_ENTRY_BYTES;
    }

    /** Writes this as a struct kvm_cpuid2. */
    void writeTo(MemorySegment table) {
        table.set(Layouts.U32, Layouts.CPUID_COUNT, entries.size());
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            long at = Layouts.CPUID_ENTRIES + (long) i * Layouts.CPUID_ENTRY_BYTES;
            table.set(Layouts.U32, at, entry.function());
            table.set(Layouts.U32, at + 4, entry.index());
            table.set(Layouts.U32, at + 8, entry.flags());
            table.set(Layouts.U32, at + 12, entry.eax());
            table.set(Layouts.U32, at + 16, entry.ebx());
            table.set(Layouts.U32, at + 20, entry.ecx());
            table.set(Layouts.U32, at + 24, entry.edx());
        }
    }
}
