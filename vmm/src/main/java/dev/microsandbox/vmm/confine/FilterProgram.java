package dev.microsandbox.vmm.confine;

import java.util.ArrayList;
import java.util.List;

/**
 * Assembles a filter for seccomp(2) in classic BPF: linux/filter.h, linux/seccomp.h. Every
 * comparison is followed by what happens if it holds, so that no jump is long. Not thread-safe.
 */
final class FilterProgram {

    /** The verdict that lets a call through. */
    static final int ALLOW = 0x7fff_0000;

    private static final int ERRNO = 0x0005_0000;

    private static final int LOAD_WORD = 0x20;
    private static final int AND = 0x54;
    private static final int JUMP_IF_EQUAL = 0x15;
    private static final int JUMP_IF_AT_LEAST = 0x35;
    private static final int JUMP_IF_ANY_BIT = 0x45;
    private static final int RETURN = 0x06;

    /** Offsets in struct seccomp_data. */
    private static final int NUMBER = 0;

    private static final int ARCHITECTURE = 4;
    private static final int ARGUMENTS = 16;

    private final List<Long> instructions = new ArrayList<>();

    /** The verdict that makes a call fail. */
    static int errno(int errno) {
        return ERRNO | errno;
    }

    FilterProgram loadArchitecture() {
        return add(LOAD_WORD, 0, 0, ARCHITECTURE);
    }

    FilterProgram loadNumber() {
        return add(LOAD_WORD, 0, 0, NUMBER);
    }

    /** Loads the low 32 bits of an argument, which is all that the kernel uses of an int. */
    FilterProgram loadArgument(int index) {
        return add(LOAD_WORD, 0, 0, ARGUMENTS + index * Long.BYTES);
    }

    /** Keeps only some bits of what was loaded. */
    FilterProgram mask(int bits) {
        return add(AND, 0, 0, bits);
    }

    FilterProgram ifEqual(int value, int verdict) {
        return add(JUMP_IF_EQUAL, 0, 1, value).verdict(verdict);
    }

    FilterProgram unlessEqual(int value, int verdict) {
        return add(JUMP_IF_EQUAL, 1, 0, value).verdict(verdict);
    }

    FilterProgram ifAtLeast(int value, int verdict) {
        return add(JUMP_IF_AT_LEAST, 0, 1, value).verdict(verdict);
    }

    FilterProgram ifAnyBit(int bits, int verdict) {
        return add(JUMP_IF_ANY_BIT, 0, 1, bits).verdict(verdict);
    }

    /**
     * Runs a part only if the value is equal. The part must end with a {@link #verdict}, because it
     * may load something else.
     */
    FilterProgram ifEqual(int value, FilterProgram part) {
        add(JUMP_IF_EQUAL, 0, part.instructions.size(), value);
        instructions.addAll(part.instructions);
        return this;
    }

    FilterProgram verdict(int verdict) {
        return add(RETURN, 0, 0, verdict);
    }

    /** The instructions, each a struct sock_filter in little-endian order. */
    long[] instructions() {
        return instructions.stream().mapToLong(Long::longValue).toArray();
    }

    private FilterProgram add(int code, int ifTrue, int ifFalse, int operand) {
        instructions.add(
                code | (long) ifTrue << 16 | (long) ifFalse << 24 | (long) operand << Integer.SIZE);
        return this;
    }
}
