package dev.microsandbox.vmm.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.microsandbox.vmm.SeededCases;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
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

    @Test
    void whatIsWrittenIsReadBack() {
        SeededCases.check(
                1000,
                values -> {
                    List<Cpuid.Entry> entries = new ArrayList<>();
                    for (int left = values.between(0, 60); left > 0; left--) {
                        entries.add(entry(values.random()));
                    }
                    Cpuid cpuid = new Cpuid(entries);
                    MemorySegment table = MemorySegment.ofArray(new byte[(int) cpuid.byteSize()]);
                    cpuid.writeTo(table);
                    assertThat(Cpuid.of(table)).isEqualTo(cpuid);
                });
    }

    private static Cpuid.Entry entry(RandomGenerator numbers) {
        return new Cpuid.Entry(
                numbers.nextInt(),
                numbers.nextInt(),
                numbers.nextInt(),
                numbers.nextInt(),
                numbers.nextInt(),
                numbers.nextInt(),
                numbers.nextInt());
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
