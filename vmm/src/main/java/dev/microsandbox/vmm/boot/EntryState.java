package dev.microsandbox.vmm.boot;

/**
 * Where the first vCPU begins, in 64-bit mode.
 *
 * @param instructionPointer guest-physical, as are all of these
 * @param bootParameters what the kernel expects in RSI
 * @param stackPointer the top of a small stack
 * @param pageTableRoot for CR3
 * @param gdtBase see {@link LongMode}
 * @param gdtLimit the offset of its last byte
 */
public record EntryState(
        long instructionPointer,
        long bootParameters,
        long stackPointer,
        long pageTableRoot,
        long gdtBase,
        int gdtLimit) {}
