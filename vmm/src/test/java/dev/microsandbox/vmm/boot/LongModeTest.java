package dev.microsandbox.vmm.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.memory.GuestLayout;
import dev.microsandbox.vmm.memory.GuestMemory;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reads the tables as the processor does: Intel SDM vol. 3, 4.5.4 and 3.4.5. */
@SuppressWarnings("NullAway.Init") // made before each test
class LongModeTest {

    private GuestMemory memory;
    private EntryState entry;

    @BeforeEach
    void prepare() throws Exception {
        memory = GuestMemory.allocate(1 << 20);
        entry = LongMode.prepare(memory, 0x100_0040, 0x7000);
    }

    @AfterEach
    void close() {
        memory.close();
    }

    @Test
    void theEntryStateTellsWhereTheTablesAre() {
        assertThat(entry)
                .isEqualTo(
                        new EntryState(
                                0x100_0040,
                                0x7000,
                                GuestLayout.BOOT_STACK,
                                GuestLayout.PML4,
                                GuestLayout.GDT,
                                47));
        assertThat(entry.pageTableRoot() % 4096).isZero();
        assertThat(entry.stackPointer() % 16).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            longs = {
                0,
                1,
                0x7000,
                0x1f_ffff,
                0x20_0000,
                0x100_0040,
                0x1234_5678,
                0x3fe0_0000,
                0x3fff_ffff
            })
    void theFirstGibibyteIsMappedOneToOne(long address) {
        assertThat(walk(address)).hasValue(address);
    }

    @ParameterizedTest
    @ValueSource(
            longs = {
                0x4000_0000L,
                0xd000_0000L,
                0x1_0000_0000L,
                0x80_0000_0000L,
                0x7fff_ffff_ffffL,
                0xffff_8000_0000_0000L,
                0xffff_ffff_8000_0000L,
                -1
            })
    void nothingElseIsMapped(long address) {
        assertThat(walk(address)).isEmpty();
    }

    @Test
    void everyPageIsMapped() {
        for (long page = 0; page < 512; page++) {
            assertThat(walk(page << 21)).hasValue(page << 21);
        }
    }

    @Test
    void theDescriptorsAreThoseOfTheBootProtocol() {
        // Flat, 4 KiB granularity, readable 64-bit code.
        assertThat(descriptor(0x10)).isEqualTo("base 0 limit fffff type b S 1 DPL 0 P 1 LDG 101");
        assertThat(descriptor(0x18)).isEqualTo("base 0 limit fffff type 3 S 1 DPL 0 P 1 LDG 011");
        // A TSS, busy.
        assertThat(descriptor(0x20)).isEqualTo("base 0 limit 67 type b S 0 DPL 0 P 1 LDG 000");
        assertThat(memory.u64(entry.gdtBase())).isZero();
        assertThat(memory.u64(entry.gdtBase() + 0x28)).isZero();
        assertThat(entry.gdtLimit()).isEqualTo(0x28 + 7);
    }

    @Test
    void theTablesAndTheStackAreApart() {
        assertThat(entry.gdtBase() + entry.gdtLimit()).isLessThan(GuestLayout.RANDOM_SEED);
        assertThat(GuestLayout.RANDOM_SEED + 80).isLessThanOrEqualTo(GuestLayout.BOOT_PARAMS);
        assertThat(GuestLayout.BOOT_PARAMS + 0xd00).isLessThan(entry.stackPointer());
        assertThat(entry.stackPointer()).isLessThanOrEqualTo(GuestLayout.PML4);
        assertThat(GuestLayout.PAGE_DIRECTORY + 4096).isLessThan(GuestLayout.COMMAND_LINE);
        assertThat(GuestLayout.COMMAND_LINE + GuestLayout.COMMAND_LINE_MAX)
                .isLessThan(GuestLayout.MP_TABLE);
    }

    /** Translates a linear address by four-level paging. */
    private OptionalLong walk(long address) {
        long table = entry.pageTableRoot();
        for (int shift = 39; shift >= 12; shift -= 9) {
            long item = memory.u64(table + (address >>> shift & 0x1ff) * 8);
            if ((item & 1) == 0) {
                return OptionalLong.empty();
            }
            assertThat(item & 2).as("writable").isEqualTo(2);
            boolean isPage = shift == 12 || (shift < 39 && (item & 0x80) != 0);
            long mask = (1L << shift) - 1;
            if (isPage) {
                long frame = item & 0x000f_ffff_ffff_f000L;
                assertThat(frame & mask).as("reserved bits").isZero();
                return OptionalLong.of(frame | (address & mask));
            }
            table = item & 0x000f_ffff_ffff_f000L;
        }
        throw new AssertionError("no page at the fourth level");
    }

    private String descriptor(int selector) {
        long at = entry.gdtBase() + selector;
        long base =
                memory.u16(at + 2)
                        | (long) memory.u8(at + 4) << 16
                        | (long) memory.u8(at + 7) << 24;
        int flags = memory.u8(at + 6);
        int access = memory.u8(at + 5);
        return "base %x limit %x type %x S %d DPL %d P %d LDG %d%d%d"
                .formatted(
                        base,
                        memory.u16(at) | (flags & 0xf) << 16,
                        access & 0xf,
                        access >> 4 & 1,
                        access >> 5 & 3,
                        access >> 7,
                        flags >> 5 & 1,
                        flags >> 6 & 1,
                        flags >> 7);
    }
}
