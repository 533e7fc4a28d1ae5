package dev.microsandbox.vmm.boot;

import dev.microsandbox.vmm.memory.GuestLayout;
import dev.microsandbox.vmm.memory.GuestMemory;

/**
 * Prepares the start of a loaded kernel by the 64-bit boot protocol
 * (Documentation/arch/x86/boot.rst).
 *
 * <p>The alternative for a {@code vmlinux} is PVH, which enters in 32-bit mode. This protocol saves
 * the kernel the switch to 64-bit mode, and needs no ELF note in the file.
 */
public final class LinuxBoot {

    private LinuxBoot() {}

    /**
     * Writes everything that the kernel expects to find in memory.
     *
     * @param cpus the number of the machine's vCPUs
     * @return the state in which the first vCPU enters the guest
     * @throws KernelException if the command line cannot be passed
     */
    public static EntryState prepare(
            GuestMemory memory, KernelImage kernel, CommandLine commandLine, int cpus)
            throws KernelException {
        byte[] line = commandLine.encode();
        memory.range(GuestLayout.COMMAND_LINE, line.length).copyFrom(line);
        RandomSeed.write(memory);
        BootParameters.write(memory, line.length - 1);
        MpTable.write(memory, cpus);
        return LongMode.prepare(memory, kernel.entryPoint(), GuestLayout.BOOT_PARAMS);
    }
}
