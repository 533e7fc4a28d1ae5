package dev.microsandbox.vmm.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.memory.GuestLayout;
import dev.microsandbox.vmm.memory.GuestMemory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Reads the zero page as the kernel does: boot.rst and zero-page.rst. */
class BootParametersTest {

    private static final long PAGE = 0x7000;

    @Test
    void theHeaderIsRecognizedAndOfAProtocolWith64BitEntry() throws Exception {
        try (GuestMemory memory = GuestMemory.allocate(16 << 20)) {
            BootParameters.write(memory, 123);
            assertThat(memory.u16(PAGE + 0x1fe)).as("boot_flag").isEqualTo(0xaa55);
            assertThat(text(memory, PAGE + 0x202, 4)).isEqualTo("HdrS");
            assertThat(memory.u16(PAGE + 0x206)).as("version").isGreaterThanOrEqualTo(0x20c);
            assertThat(memory.u8(PAGE + 0x210)).as("type_of_loader").isEqualTo(0xff);
            assertThat(memory.u8(PAGE + 0x211)).as("loadflags").isEqualTo(1);
            assertThat(memory.u32(PAGE + 0x230)).as("alignment").isEqualTo(2 << 20);
            assertThat(memory.u32(PAGE + 0x218)).as("ramdisk_image").isZero();
            assertThat(memory.u32(PAGE + 0x21c)).as("ramdisk_size").isZero();
        }
    }

    @Test
    void theCommandLineIsFound() throws Exception {
        try (GuestMemory memory = GuestMemory.allocate(16 << 20)) {
            BootParameters.write(memory, 123);
            assertThat(memory.u32(PAGE + 0x228)).isEqualTo(0x20000);
            assertThat(memory.u32(PAGE + 0x238)).isEqualTo(123);
            assertThat(memory.u32(PAGE + 0xc8)).as("ext_cmd_line_ptr").isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0x1000000, '0-9fc00 100000-1000000'",
        "0xc0000000, '0-9fc00 100000-c0000000'",
        "0xc0001000, '0-9fc00 100000-c0000000 100000000-100001000'",
        "0x200000000, '0-9fc00 100000-c0000000 100000000-240000000'"
    })
    void allRamIsListedButForTheHoleAndTheGap(String size, String expected) throws Exception {
        try (GuestMemory memory = GuestMemory.allocate(Long.decode(size))) {
            BootParameters.write(memory, 0);
            List<String> ranges = new ArrayList<>();
            for (int i = 0; i < memory.u8(PAGE + 0x1e8); i++) {
                long entry = PAGE + 0x2d0 + 20L * i;
                long start = memory.u64(entry);
                assertThat(memory.u32(entry + 16)).as("type").isEqualTo(1);
                assertThat(memory.slice(start, memory.u64(entry + 8))).isNotNull();
                ranges.add("%x-%x".formatted(start, start + memory.u64(entry + 8)));
            }
            assertThat(String.join(" ", ranges)).isEqualTo(expected);
        }
    }

    @Test
    void thePageIsAllThatIsWritten() throws Exception {
        try (GuestMemory memory = GuestMemory.allocate(2 << 20)) {
            BootParameters.write(memory, 0);
            for (long at = 0; at < memory.size(); at += 8) {
                if (at < PAGE || at >= PAGE + 4096) {
                    assertThat(memory.u64(at)).isZero();
                }
            }
        }
    }

    @Test
    void theSeedIsFreshEachTimeAndFound() throws Exception {
        try (GuestMemory memory = GuestMemory.allocate(2 << 20)) {
            BootParameters.write(memory, 0);
            long data = memory.u64(PAGE + 0x250);
            RandomSeed.write(memory);
            // struct setup_data: next, type (SETUP_RNG_SEED), length, data
            assertThat(memory.u64(data)).isZero();
            assertThat(memory.u32(data + 8)).isEqualTo(9);
            assertThat(memory.u32(data + 12)).isEqualTo(64);
            String first = text(memory, data + 16, 64);
            assertThat(first.chars().distinct().count()).isGreaterThan(20);
            assertThat(memory.u64(data + 16 + 64)).isZero();
            RandomSeed.write(memory);
            assertThat(text(memory, data + 16, 64)).isNotEqualTo(first);
        }
    }

    @Test
    void allThatAKernelNeedsIsPreparedTogether() throws Exception {
        try (GuestMemory memory = GuestMemory.allocate(32 << 20)) {
            String line = "console=ttyS0 quiet";
            EntryState entry =
                    LinuxBoot.prepare(
                            memory,
                            new KernelImage(0x100_0040, 0x200_0000),
                            new CommandLine(line),
                            2);
            assertThat(entry.instructionPointer()).isEqualTo(0x100_0040);
            assertThat(entry.bootParameters()).isEqualTo(PAGE);
            assertThat(memory.u32(PAGE + 0x238)).isEqualTo(line.length());
            assertThat(text(memory, memory.u32(PAGE + 0x228), line.length() + 1))
                    .isEqualTo(line + "\0");
            assertThat(text(memory, GuestLayout.MP_TABLE, 4)).isEqualTo("_MP_");
            assertThat(memory.u32(memory.u64(PAGE + 0x250) + 12)).isEqualTo(64);
            assertThat(memory.u64(entry.pageTableRoot())).isNotZero();
        }
    }

    private static String text(GuestMemory memory, long address, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append((char) memory.u8(address + i));
        }
        return text.toString();
    }
}
