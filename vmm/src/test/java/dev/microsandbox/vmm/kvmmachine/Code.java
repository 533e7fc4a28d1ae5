package dev.microsandbox.vmm.kvmmachine;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A few instructions of x86-64, assembled for guests of tests. */
final class Code {

    /** Registers that take a 64-bit constant, by their number in the instruction. */
    enum Register {
        RAX(0),
        RCX(1),
        RDX(2),
        RBX(3),
        RSI(6),
        RDI(7);

        private final int number;

        Register(int number) {
            this.number = number;
        }
    }

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** mov register, value. */
    Code mov(Register register, long value) {
        raw(0x48, 0xb8 + register.number);
        bytes.writeBytes(
                ByteBuffer.allocate(Long.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(value)
                        .array());
        return this;
    }

    /** out dx, and al, ax or eax. */
    Code out(int size) {
        return sized(size, 0xee, 0xef);
    }

    /** in al, ax or eax, and dx. */
    Code in(int size) {
        return sized(size, 0xec, 0xed);
    }

    /** mov [rbx], and al, ax, eax or rax. */
    Code store(int size) {
        return sized(size, 0x88, 0x89).raw(0x03);
    }

    /** mov al, ax, eax or rax, and [rbx]. */
    Code load(int size) {
        return sized(size, 0x8a, 0x8b).raw(0x03);
    }

    /** rep outsb, outsw or outsd: rcx values from [rsi] to port dx. */
    Code repOuts(int size) {
        return raw(0xf3).sized(size, 0x6e, 0x6f);
    }

    /** rep insb, insw or insd: rcx values from port dx to [rdi]. */
    Code repIns(int size) {
        return raw(0xf3).sized(size, 0x6c, 0x6d);
    }

    private Code sized(int size, int byteOpcode, int opcode) {
        return switch (size) {
            case 1 -> raw(byteOpcode);
            case 2 -> raw(0x66, opcode);
            case 4 -> raw(opcode);
            default -> raw(0x48, opcode);
        };
    }

    /** inc qword [rbx]. */
    Code increment() {
        return raw(0x48, 0xff, 0x03);
    }

    Code cli() {
        return raw(0xfa);
    }

    Code hlt() {
        return raw(0xf4);
    }

    /** ud2, an undefined instruction. */
    Code ud2() {
        return raw(0x0f, 0x0b);
    }

    /** lidt [rbx]. */
    Code lidt() {
        return raw(0x0f, 0x01, 0x1b);
    }

    /** jmp rbx. */
    Code jump() {
        return raw(0xff, 0xe3);
    }

    /** Jumps to an earlier position. */
    Code jump(int target) {
        return raw(0xe9).offset(target);
    }

    /** dec rcx; jnz to an earlier position. */
    Code loop(int target) {
        return raw(0x48, 0xff, 0xc9, 0x0f, 0x85).offset(target);
    }

    /** Waits until the byte at [rbx] is at least the given value, which is at most 127. */
    Code awaitByte(int value) {
        return raw(0x80, 0x3b, value, 0x7c, 0xfb);
    }

    /** mov dword [address], value. Changes rbx and rax. */
    Code store(long address, int value) {
        return mov(Register.RBX, address).mov(Register.RAX, value & 0xffff_ffffL).store(4);
    }

    /** Resets the machine, which powers it off. */
    Code reset() {
        return mov(Register.RDX, 0x64).mov(Register.RAX, 0xfe).out(1).cli().hlt();
    }

    int position() {
        return bytes.size();
    }

    private Code offset(int target) {
        int offset = target - (position() + Integer.BYTES);
        return raw(offset & 0xff, offset >> 8 & 0xff, offset >> 16 & 0xff, offset >> 24 & 0xff);
    }

    Code raw(int... values) {
        for (int value : values) {
            bytes.write(value);
        }
        return this;
    }

    byte[] assemble() {
        return bytes.toByteArray();
    }
}
