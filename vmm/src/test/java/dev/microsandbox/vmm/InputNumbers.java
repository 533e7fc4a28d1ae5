package dev.microsandbox.vmm;

import java.nio.ByteBuffer;
import java.util.random.RandomGenerator;

/**
 * Numbers that come from a fuzzer's input instead of chance. Each takes as few bytes as its range
 * needs, so that a changed byte changes one decision. After the input's end, all numbers are zero.
 */
public final class InputNumbers implements RandomGenerator {

    private final ByteBuffer input;

    public InputNumbers(byte[] input) {
        this.input = ByteBuffer.wrap(input);
    }

    public boolean isAtEnd() {
        return !input.hasRemaining();
    }

    @Override
    public long nextLong() {
        return take(Long.BYTES);
    }

    @Override
    public int nextInt() {
        return (int) take(Integer.BYTES);
    }

    @Override
    public int nextInt(int bound) {
        int bytes = bound <= 1 << 8 ? 1 : bound <= 1 << 16 ? 2 : Integer.BYTES;
        return (int) (take(bytes) % bound);
    }

    @Override
    public boolean nextBoolean() {
        return (take(1) & 1) == 1;
    }

    private long take(int bytes) {
        long value = 0;
        for (int i = 0; i < bytes; i++) {
            value = value << 8 | (input.hasRemaining() ? input.get() & 0xff : 0);
        }
        return value;
    }
}
