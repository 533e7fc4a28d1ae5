package dev.microsandbox.vmm.boot;

/**
 * The state in which the first vCPU enters the guest, in 64-bit mode. All addresses are
 * guest-physical.
 *
 * @param instructionPointer the entry point
 * @param bootParameters the value that the kernel expects in RSI
 * @param stackPointer the top of a small stack
 * @param pageTableRoot the value of CR3
 * @param gdtBase address of the GDT, see {@link LongMode}
 * @param gdtLimit offset of the GDT's last byte
 */
public record EntryState(
        long instructionPointer,
        long bootParameters,
        long stackPointer,
        long pageTableRoot,
        long gdtBase,
        int gdtLimit) {}
