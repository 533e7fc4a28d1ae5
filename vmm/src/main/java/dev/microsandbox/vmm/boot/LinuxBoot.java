package dev.microsandbox.vmm.boot;

import dev.microsandbox.vmm.memory.GuestLayout;
import dev.microsandbox.vmm.memory.GuestMemory;
import java.lang.foreign.MemorySegment;

/**
 * Prepares a loaded kernel's start by the 64-bit boot protocol (Documentation/arch/x86/boot.rst).
 *
 * <p>The other way into a {@code vmlinux} would be PVH, in 32-bit mode. This one saves the kernel
 * the way from there to 64-bit mode, and needs no note in the file.
 */
public final class LinuxBoot {

    private LinuxBoot() {}

    /**
     * Writes what the kernel must find in memory.
     *
     * @param cpus of the machine
     * @return where to begin
     * @throws KernelException if the command line cannot be passed
     */
    public static EntryState prepare(
            GuestMemory memory, KernelImage kernel, CommandLine commandLine, int cpus)
            throws KernelException {
        byte[] line = commandLine.encode();
        memory.slice(GuestLayout.COMMAND_LINE, line.length).copyFrom(MemorySegment.ofArray(line));
        RandomSeed.write(memory);
        BootParameters.write(memory, line.length - 1);
        MpTable.write(memory, cpus);
        return LongMode.prepare(memory, kernel.entryPoint(), GuestLayout.BOOT_PARAMS);
    }
}
