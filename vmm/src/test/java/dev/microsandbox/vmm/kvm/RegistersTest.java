package dev.microsandbox.vmm.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The offsets of struct kvm_regs and kvm_sregs are literal numbers here, from asm/kvm.h. */
class RegistersTest {

    private final MemorySegment bytes = MemorySegment.ofArray(new byte[312]);
    private final SpecialRegisters special = new SpecialRegisters(bytes);

    @ParameterizedTest
    @CsvSource({
        "rax, 0",
        "rbx, 8",
        "rcx, 16",
        "rdx, 24",
        "rsi, 32",
        "rdi, 40",
        "rsp, 48",
        "rbp, 56",
        "r8, 64",
        "r15, 120",
        "rip, 128",
        "rflags, 136"
    })
    void eachRegisterHasItsPlace(String name, int offset) {
        Registers registers = Registers.zero().with(name, -42);
        assertThat(registers.get(name)).isEqualTo(-42);
        assertThat(registers.bytes().get(ValueLayout.JAVA_LONG_UNALIGNED, offset)).isEqualTo(-42);
        assertThat(Registers.zero().get(name)).isEqualTo(name.equals("rflags") ? 2 : 0);
    }

    @Test
    void anUnknownRegisterIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Registers.zero().get("eax"))
                .withMessage("no register eax");
        assertThatIllegalArgumentException().isThrownBy(() -> Registers.zero().with("cr3", 1));
    }

    @Test
    void aDumpIsForPeople() {
        assertThat(Registers.zero().with("rip", 0xffff_ffff_8100_0000L).toString().lines())
                .hasSize(5)
                .first()
                .isEqualTo(
                        "rax 0000000000000000  rbx 0000000000000000  rcx 0000000000000000  rdx 0000000000000000");
        assertThat(Registers.zero().with("rip", 0xffff_ffff_8100_0000L).toString())
                .contains("rip ffffffff81000000  rflags 0000000000000002");
    }

    @Test
    void a64BitCodeDescriptorIsDecoded() {
        special.setSegment(SpecialRegisters.CS, 0x10, 0x00af_9b00_0000_ffffL);
        assertThat(segment(0))
                .isEqualTo("base 0 limit ffffffff selector 10 type b P 1 DPL 0 DB 0 S 1 L 1 G 1");
    }

    @Test
    void eachFieldOfADescriptorIsDecoded() {
        // Base 0x89abcdef, limit 0x12345, type 5, system, DPL 2, not present, DB but not L.
        special.setSegment(SpecialRegisters.TR, 0xfff8, 0x8941_45ab_cdef_2345L);
        assertThat(segment(144))
                .isEqualTo(
                        "base 89abcdef limit 12345 selector fff8 type 5 P 0 DPL 2 DB 1 S 0 L 0 G 0");
        special.setSegment(SpecialRegisters.SS, 3, 0x8981_f6ab_cdef_2345L);
        assertThat(segment(120))
                .isEqualTo(
                        "base 89abcdef limit 12345fff selector 3 type 6 P 1 DPL 3 DB 0 S 1 L 0 G 1");
    }

    @Test
    void segmentsAreInTheOrderOfTheStructure() {
        int[] offsets = {
            SpecialRegisters.CS,
            SpecialRegisters.DS,
            SpecialRegisters.ES,
            SpecialRegisters.FS,
            SpecialRegisters.GS,
            SpecialRegisters.SS,
            SpecialRegisters.TR
        };
        assertThat(offsets).containsExactly(0, 24, 48, 72, 96, 120, 144);
    }

    @Test
    void tablesAndControlRegistersHaveTheirPlaces() {
        special.setGdt(0x1_0000_0500L, 0xffff);
        special.setIdt(0x600, 0xfff);
        special.setCr0(1);
        special.setCr3(3);
        special.setCr4(4);
        special.setEfer(5);
        bytes.set(ValueLayout.JAVA_LONG_UNALIGNED, 232, 2);
        assertThat(bytes.get(ValueLayout.JAVA_LONG_UNALIGNED, 192)).isEqualTo(0x1_0000_0500L);
        assertThat(bytes.get(ValueLayout.JAVA_SHORT_UNALIGNED, 200)).isEqualTo((short) 0xffff);
        assertThat(bytes.get(ValueLayout.JAVA_LONG_UNALIGNED, 208)).isEqualTo(0x600);
        assertThat(bytes.get(ValueLayout.JAVA_SHORT_UNALIGNED, 216)).isEqualTo((short) 0xfff);
        assertThat(bytes.get(ValueLayout.JAVA_LONG_UNALIGNED, 224)).isEqualTo(special.cr0());
        assertThat(special.cr0()).isEqualTo(1);
        assertThat(special.cr2()).isEqualTo(2);
        assertThat(bytes.get(ValueLayout.JAVA_LONG_UNALIGNED, 240)).isEqualTo(special.cr3());
        assertThat(special.cr3()).isEqualTo(3);
        assertThat(bytes.get(ValueLayout.JAVA_LONG_UNALIGNED, 248)).isEqualTo(special.cr4());
        assertThat(special.cr4()).isEqualTo(4);
        assertThat(bytes.get(ValueLayout.JAVA_LONG_UNALIGNED, 264)).isEqualTo(special.efer());
        assertThat(special.efer()).isEqualTo(5);
        assertThat(special.toString()).contains("efer 5  gdt 100000500  idt 600");
    }

    @Test
    void aRealModeSegmentKeepsItsAttributes() {
        special.setSegment(SpecialRegisters.CS, 0x10, 0x00af_9b00_0000_ffffL);
        special.setRealModeSegment(SpecialRegisters.CS, 0xf000);
        assertThat(segment(0))
                .isEqualTo(
                        "base f0000 limit ffffffff selector f000 type b P 1 DPL 0 DB 0 S 1 L 1 G 1");
    }

    /** struct kvm_segment. */
    private String segment(int at) {
        return "base %x limit %x selector %x type %x P %d DPL %d DB %d S %d L %d G %d"
                .formatted(
                        bytes.get(ValueLayout.JAVA_LONG_UNALIGNED, at),
                        bytes.get(ValueLayout.JAVA_INT_UNALIGNED, at + 8),
                        bytes.get(ValueLayout.JAVA_SHORT_UNALIGNED, at + 12),
                        bytes.get(ValueLayout.JAVA_BYTE, at + 14),
                        bytes.get(ValueLayout.JAVA_BYTE, at + 15),
                        bytes.get(ValueLayout.JAVA_BYTE, at + 16),
                        bytes.get(ValueLayout.JAVA_BYTE, at + 17),
                        bytes.get(ValueLayout.JAVA_BYTE, at + 18),
                        bytes.get(ValueLayout.JAVA_BYTE, at + 19),
                        bytes.get(ValueLayout.JAVA_BYTE, at + 20));
    }
}
