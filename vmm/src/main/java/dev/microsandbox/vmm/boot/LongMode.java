package dev.microsandbox.vmm.boot;

import dev.microsandbox.vmm.memory.GuestLayout;
import dev.microsandbox.vmm.memory.GuestMemory;

/**
 * The tables that a vCPU needs to start in 64-bit mode: page tables that identity-map the first GiB
 * with 2 MiB pages, and a GDT with the selectors of the Linux boot protocol
 * (Documentation/arch/x86/boot.rst, "64-bit Boot Protocol"). The formats are those of Intel SDM
 * vol. 3, 4.5 and 3.4.5.
 */
public final class LongMode {

    public static final int CODE_SELECTOR = 0x10;
    public static final int DATA_SELECTOR = 0x18;
    public static final int TSS_SELECTOR = 0x20;

    /** Flat, execute and read, 64-bit, accessed. */
    public static final long CODE_DESCRIPTOR = 0x00af_9b00_0000_ffffL;

    /** Flat, read and write, accessed. */
    public static final long DATA_DESCRIPTOR = 0x00cf_9300_0000_ffffL;

    /**
     * A busy 64-bit TSS at address 0. Nothing uses it, but a processor requires one to be loaded.
     */
    public static final long TSS_DESCRIPTOR = 0x0000_8b00_0000_0067L;

    /** The null descriptor, an unused one, code, data, and the TSS, which takes two entries. */
    private static final int GDT_ENTRIES = 6;

    private static final long PRESENT_WRITABLE = 0x3;
    private static final long LARGE_PAGE = 0x80;
    private static final int TABLE_ENTRIES = 512;
    private static final int LARGE_PAGE_SHIFT = 21;

    private LongMode() {}

    /**
     * Writes the tables.
     *
     * @param instructionPointer the entry point, below 1 GiB
     * @param bootParameters the value for RSI
     */
    public static EntryState prepare(
            GuestMemory memory, long instructionPointer, long bootParameters) {
        memory.putU64(GuestLayout.GDT + CODE_SELECTOR, CODE_DESCRIPTOR);
        memory.putU64(GuestLayout.GDT + DATA_SELECTOR, DATA_DESCRIPTOR);
        memory.putU64(GuestLayout.GDT + TSS_SELECTOR, TSS_DESCRIPTOR);
        memory.putU64(GuestLayout.PML4, GuestLayout.PDPT | PRESENT_WRITABLE);
        memory.putU64(GuestLayout.PDPT, GuestLayout.PAGE_DIRECTORY | PRESENT_WRITABLE);
        for (long i = 0; i < TABLE_ENTRIES; i++) {
            memory.putU64(
                    GuestLayout.PAGE_DIRECTORY + i * Long.BYTES,
                    i << LARGE_PAGE_SHIFT | PRESENT_WRITABLE | LARGE_PAGE);
        }
        return new EntryState(
                instructionPointer,
                bootParameters,
                GuestLayout.BOOT_STACK,
                GuestLayout.PML4,
                GuestLayout.GDT,
                GDT_ENTRIES * Long.BYTES - 1);
    }
}
