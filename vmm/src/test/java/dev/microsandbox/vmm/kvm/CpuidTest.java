package dev.microsandbox.vmm.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class CpuidTest {

    private static final Cpuid.Entry LEAF = new Cpuid.Entry(7, 1, 2, 3, 4, 5, 6);

    @Test
    void aLeafIsWhereTheKernelHasIt() {
        Cpuid cpuid = new Cpuid(List.of(new Cpuid.Entry(0, 0, 0, 0, 0, 0, 0), LEAF));
        assertThat(cpuid.byteSize()).isEqualTo(8 + 2 * 40);
        MemorySegment table = MemorySegment.ofArray(new int[(8 + 2 * 40) / 4]);
        cpuid.writeTo(table);
        int[] words = table.toArray(ValueLayout.JAVA_INT);
        // struct kvm_cpuid2: nent, padding, entries[]: function, index, flags, eax … edx, padding
        assertThat(words)
                .containsExactly(2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 1, 2, 3, 4, 5, 6, 0, 0, 0);
    }

    @Property(tries = 200)
    void whatIsWrittenIsReadBack(@ForAll @Size(max = 60) List<Integer> numbers) {
        List<Cpuid.Entry> entries = new ArrayList<>();
        for (int i = 0; i + 7 <= numbers.size(); i++) {
            entries.add(
                    new Cpuid.Entry(
                            numbers.get(i),
                            numbers.get(i + 1),
                            numbers.get(i + 2),
                            numbers.get(i + 3),
                            numbers.get(i + 4),
                            numbers.get(i + 5),
                            numbers.get(i + 6)));
        }
        Cpuid cpuid = new Cpuid(entries);
        MemorySegment table = MemorySegment.ofArray(new byte[(int) cpuid.byteSize()]);
        cpuid.writeTo(table);
        assertThat(Cpuid.of(table)).isEqualTo(cpuid);
    }

    @Test
    void oneRegisterChangesAtATime() {
        assertThat(LEAF.withEax(9)).isEqualTo(new Cpuid.Entry(7, 1, 2, 9, 4, 5, 6));
        assertThat(LEAF.withEbx(9)).isEqualTo(new Cpuid.Entry(7, 1, 2, 3, 9, 5, 6));
        assertThat(LEAF.withEcx(9)).isEqualTo(new Cpuid.Entry(7, 1, 2, 3, 4, 9, 6));
        assertThat(LEAF.withEdx(9)).isEqualTo(new Cpuid.Entry(7, 1, 2, 3, 4, 5, 9));
    }

    @Test
    void isImmutable() {
        List<Cpuid.Entry> entries = new ArrayList<>(List.of(LEAF));
        Cpuid cpuid = new Cpuid(entries);
        Cpuid changed = cpuid.map(entry -> entry.withEax(9));
        entries.clear();
        assertThat(cpuid.entries()).containsExactly(LEAF);
        assertThat(changed.entries()).containsExactly(LEAF.withEax(9));
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> cpuid.entries().clear());
    }
}
