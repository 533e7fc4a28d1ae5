package dev.microsandbox.vmm.boot;

import dev.microsandbox.vmm.memory.GuestLayout;
import dev.microsandbox.vmm.memory.GuestMemory;

/**
 * Writes the tables of the Intel MultiProcessor Specification 1.4 (asm/mpspec_def.h), from which
 * the kernel learns of processors and interrupt lines. They are smaller than ACPI tables, and this
 * machine needs nothing else.
 */
final class MpTable {

    // The MP floating pointer, for which the kernel searches.
    private static final int POINTER_BYTES = 16;
    private static final int POINTER_CHECKSUM = 10;

    private static final int HEADER_BYTES = 44;
    private static final int HEADER_CHECKSUM = 7;

    // Types of entries, in their first byte. A processor entry has 20 bytes, the others have 8.
    private static final int PROCESSOR = 0;
    private static final int BUS = 1;
    private static final int IO_APIC = 2;
    private static final int IO_INTERRUPT = 3;
    private static final int LOCAL_INTERRUPT = 4;

    private static final int REVISION_1_4 = 4;
    private static final int APIC_VERSION = 0x14;
    private static final int ENABLED = 1;
    private static final int BOOT_PROCESSOR = 2;

    // Types of interrupts.
    private static final int VECTORED = 0;
    private static final int NMI = 1;
    private static final int EXTERNAL = 3;

    private static final int ISA_BUS = 0;
    private static final int EVERY_APIC = 0xff;

    private final GuestMemory memory;
    private final long table = GuestLayout.MP_TABLE + POINTER_BYTES;
    private long at = table + HEADER_BYTES;
    private int entries;

    private MpTable(GuestMemory memory) {
        this.memory = memory;
    }

    /**
     * Writes the tables.
     *
     * @param cpus the number of processors, whose APIC ids are 0, 1, …
     */
    static void write(GuestMemory memory, int cpus) {
        new MpTable(memory).write(cpus);
    }

    private void write(int cpus) {
        // The I/O APIC gets the id after the processors' ids.
        int ioApic = cpus;
        for (int cpu = 0; cpu < cpus; cpu++) {
            begin(PROCESSOR);
            put8(cpu, APIC_VERSION, cpu == 0 ? ENABLED | BOOT_PROCESSOR : ENABLED);
            put32(0, 0, 0, 0); // signature and features, which the kernel reads with CPUID
        }
        begin(BUS);
        put8(ISA_BUS);
        putText("ISA   ");
        begin(IO_APIC);
        put8(ioApic, APIC_VERSION, ENABLED);
        put32((int) GuestLayout.IO_APIC);
        for (int line = 0; line < GuestLayout.IRQ_LINES; line++) {
            interrupt(IO_INTERRUPT, VECTORED, line, ioApic, line);
        }
        interrupt(LOCAL_INTERRUPT, EXTERNAL, 0, 0, 0);
        interrupt(LOCAL_INTERRUPT, NMI, 0, EVERY_APIC, 1);
        writeHeader();
        writePointer();
    }

    /** Adds an interrupt that is edge-triggered and active high, like those of the ISA bus. */
    private void interrupt(int type, int kind, int source, int apic, int pin) {
        begin(type);
        put8(kind, 0, 0, ISA_BUS, source, apic, pin);
    }

    private void writeHeader() {
        long end = at;
        at = table;
        putText("PCMP");
        put8((int) (end - table), (int) (end - table) >>> 8, REVISION_1_4, 0);
        putText("MSANDBOX");
        putText("MICROVM     ");
        put32(0); // no OEM table
        put8(0, 0, entries, entries >>> 8);
        put32((int) GuestLayout.LOCAL_APIC, 0);
        setChecksum(table, end - table, HEADER_CHECKSUM);
    }

    private void writePointer() {
        at = GuestLayout.MP_TABLE;
        putText("_MP_");
        put32((int) table);
        put8(POINTER_BYTES / 16, REVISION_1_4, 0, 0, 0, 0, 0, 0);
        setChecksum(GuestLayout.MP_TABLE, POINTER_BYTES, POINTER_CHECKSUM);
    }

    private void setChecksum(long from, long length, int position) {
        int sum = 0;
        for (long i = 0; i < length; i++) {
            sum += memory.u8(from + i);
        }
        memory.putU8(from + position, -sum);
    }

    private void begin(int type) {
        entries++;
        put8(type);
    }

    private void put8(int... values) {
        for (int value : values) {
            memory.putU8(at++, value);
        }
    }

    private void put32(int... values) {
        for (int value : values) {
            memory.putU32(at, value);
            at += Integer.BYTES;
        }
    }

    private void putText(String text) {
        for (int i = 0; i < text.length(); i++) {
            put8(text.charAt(i));
        }
    }
}
