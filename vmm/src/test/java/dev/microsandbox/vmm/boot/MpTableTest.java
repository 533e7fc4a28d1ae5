package dev.microsandbox.vmm.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.memory.GuestMemory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reads the tables as the MultiProcessor Specification 1.4, chapter 4, defines them. */
class MpTableTest {

    private static final long LAST_KILOBYTE = 0x9fc00;
    private static final long LOW_MEMORY_END = 0xa0000;

    /** The content that a reader finds. */
    private record Tables(long localApic, List<String> entries) {

        static Tables read(GuestMemory memory) {
            long pointer = find(memory);
            assertThat(memory.u8(pointer + 8)).as("length in paragraphs").isEqualTo(1);
            assertThat(memory.u8(pointer + 9)).as("revision").isEqualTo(4);
            assertThat(memory.u8(pointer + 11)).as("a table, no default").isZero();
            assertThat(memory.u8(pointer + 12)).as("no IMCR").isZero();
            assertThat(sum(memory, pointer, 16)).isZero();

            long table = memory.u32(pointer + 4);
            int length = memory.u16(table + 4);
            assertThat(text(memory, table, 4)).isEqualTo("PCMP");
            assertThat(memory.u8(table + 6)).as("revision").isEqualTo(4);
            assertThat(sum(memory, table, length)).isZero();
            assertThat(text(memory, table + 8, 20)).isEqualTo("MSANDBOXMICROVM     ");
            assertThat(memory.u32(table + 28)).as("OEM table").isZero();
            assertThat(memory.u16(table + 32)).as("size of the OEM table").isZero();
            assertThat(memory.u16(table + 40)).as("extended length").isZero();

            List<String> entries = new ArrayList<>();
            long at = table + 44;
            while (at < table + length) {
                entries.add(entry(memory, at));
                at += memory.u8(at) == 0 ? 20 : 8;
            }
            assertThat(at).as("the end").isEqualTo(table + length);
            assertThat(at).isLessThanOrEqualTo(LOW_MEMORY_END);
            assertThat(memory.u16(table + 34)).as("entry count").isEqualTo(entries.size());
            for (; at < LOW_MEMORY_END; at++) {
                assertThat(memory.u8(at)).as("after the table").isZero();
            }
            return new Tables(memory.u32(table + 36) & 0xffff_ffffL, entries);
        }

        /**
         * Finds the floating pointer, on a 16-byte boundary in the last kilobyte of base memory.
         */
        private static long find(GuestMemory memory) {
            for (long at = LAST_KILOBYTE; at < LOW_MEMORY_END; at += 16) {
                if (text(memory, at, 4).equals("_MP_")) {
                    return at;
                }
            }
            throw new AssertionError("no MP floating pointer");
        }

        private static String entry(GuestMemory memory, long at) {
            return switch (memory.u8(at)) {
                case 0 ->
                        "processor %d version %#x flags %d"
                                .formatted(memory.u8(at + 1), memory.u8(at + 2), memory.u8(at + 3));
                case 1 -> "bus %d %s".formatted(memory.u8(at + 1), text(memory, at + 2, 6));
                case 2 ->
                        "I/O APIC %d version %#x flags %d at %#x"
                                .formatted(
                                        memory.u8(at + 1),
                                        memory.u8(at + 2),
                                        memory.u8(at + 3),
                                        memory.u32(at + 4));
                case 3 -> "interrupt " + interrupt(memory, at);
                case 4 -> "local interrupt " + interrupt(memory, at);
                default -> throw new AssertionError("entry of type " + memory.u8(at));
            };
        }

        private static String interrupt(GuestMemory memory, long at) {
            return "type %d flags %d bus %d irq %d to APIC %d pin %d"
                    .formatted(
                            memory.u8(at + 1),
                            memory.u16(at + 2),
                            memory.u8(at + 4),
                            memory.u8(at + 5),
                            memory.u8(at + 6),
                            memory.u8(at + 7));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 8, 32})
    void aReaderFindsTheMachine(int cpus) throws Exception {
        try (GuestMemory memory = GuestMemory.allocate(2 << 20)) {
            MpTable.write(memory, cpus);
            Tables tables = Tables.read(memory);
            assertThat(tables.localApic()).isEqualTo(0xfee0_0000L);
            // In the order of their types, as the specification requires.
            List<String> expected = new ArrayList<>();
            for (int cpu = 0; cpu < cpus; cpu++) {
                expected.add("processor %d version 0x14 flags %d".formatted(cpu, cpu == 0 ? 3 : 1));
            }
            expected.add("bus 0 ISA   ");
            expected.add("I/O APIC %d version 0x14 flags 1 at 0xfec00000".formatted(cpus));
            for (int line = 0; line < 24; line++) {
                expected.add(
                        "interrupt type 0 flags 0 bus 0 irq %d to APIC %d pin %d"
                                .formatted(line, cpus, line));
            }
            expected.add("local interrupt type 3 flags 0 bus 0 irq 0 to APIC 0 pin 0");
            expected.add("local interrupt type 1 flags 0 bus 0 irq 0 to APIC 255 pin 1");
            assertThat(tables.entries()).isEqualTo(expected);
        }
    }

    @Test
    void nothingIsWrittenOutsideOfTheLastKilobyte() throws Exception {
        try (GuestMemory memory = GuestMemory.allocate(2 << 20)) {
            MpTable.write(memory, 8);
            for (long at = 0; at < memory.size(); at += 8) {
                if (at < LAST_KILOBYTE || at >= LOW_MEMORY_END) {
                    assertThat(memory.u64(at)).isZero();
                }
            }
        }
    }

    private static int sum(GuestMemory memory, long from, int length) {
        int sum = 0;
        for (int i = 0; i < length; i++) {
            sum += memory.u8(from + i);
        }
        return sum & 0xff;
    }

    private static String text(GuestMemory memory, long address, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append((char) memory.u8(address + i));
        }
        return text.toString();
    }
}
