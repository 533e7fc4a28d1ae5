package dev.microsandbox.vmm.boot;

import dev.microsandbox.vmm.memory.GuestLayout;
import dev.microsandbox.vmm.memory.GuestMemory;

/**
 * The "zero page", by which a boot loader describes the machine to the kernel: struct boot_params
 * of asm/bootparam.h. Its fields are documented in Documentation/arch/x86/zero-page.rst and
 * boot.rst.
 */
final class BootParameters {

    // struct boot_params
    private static final int E820_COUNT = 0x1e8;
    private static final int E820_TABLE = 0x2d0;
    private static final int E820_ENTRY_BYTES = 20;

    // struct setup_header, within it
    private static final int BOOT_FLAG = 0x1fe;
    private static final int HEADER_MAGIC = 0x202;
    private static final int PROTOCOL_VERSION = 0x206;
    private static final int LOADER_TYPE = 0x210;
    private static final int LOAD_FLAGS = 0x211;
    private static final int COMMAND_LINE_POINTER = 0x228;
    private static final int KERNEL_ALIGNMENT = 0x230;
    private static final int COMMAND_LINE_SIZE = 0x238;
    private static final int SETUP_DATA = 0x250;

    private static final int BOOT_FLAG_VALUE = 0xaa55;
    private static final int HEADER_MAGIC_VALUE = 0x53726448; // "HdrS"
    private static final int PROTOCOL_2_15 = 0x20f;
    private static final int LOADER_UNDEFINED = 0xff;
    private static final int LOADED_HIGH = 0x01;
    private static final int ALIGNMENT = 0x20_0000;

    /** E820_TYPE_RAM. Addresses without an entry are not RAM. */
    private static final int RAM = 1;

    private BootParameters() {}

    /**
     * Writes the parameters.
     *
     * @param commandLineBytes length of the command line without the terminating NUL
     */
    static void write(GuestMemory memory, int commandLineBytes) {
        long page = GuestLayout.BOOT_PARAMS;
        memory.putU16(page + BOOT_FLAG, BOOT_FLAG_VALUE);
        memory.putU32(page + HEADER_MAGIC, HEADER_MAGIC_VALUE);
        memory.putU16(page + PROTOCOL_VERSION, PROTOCOL_2_15);
        memory.putU8(page + LOADER_TYPE, LOADER_UNDEFINED);
        memory.putU8(page + LOAD_FLAGS, LOADED_HIGH);
        memory.putU32(page + COMMAND_LINE_POINTER, (int) GuestLayout.COMMAND_LINE);
        memory.putU32(page + KERNEL_ALIGNMENT, ALIGNMENT);
        memory.putU32(page + COMMAND_LINE_SIZE, commandLineBytes);
        memory.putU64(page + SETUP_DATA, GuestLayout.RANDOM_SEED);
        int count = 0;
        // Low memory ends at the MP table, which the kernel also reserves by itself.
        addRam(memory, count++, 0, GuestLayout.MP_TABLE);
        for (GuestMemory.Region region : memory.regions()) {
            long from = Math.max(region.guestAddress(), GuestLayout.KERNEL_START);
            addRam(memory, count++, from, region.guestAddress() + region.size() - from);
        }
        memory.putU8(page + E820_COUNT, count);
    }

    private static void addRam(GuestMemory memory, int index, long address, long size) {
        long entry = GuestLayout.BOOT_PARAMS + E820_TABLE + (long) index * E820_ENTRY_BYTES;
        memory.putU64(entry, address);
        memory.putU64(entry + 8, size);
        memory.putU32(entry + 16, RAM);
    }
}
