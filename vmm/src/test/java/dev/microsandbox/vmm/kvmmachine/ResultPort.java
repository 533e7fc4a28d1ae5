package dev.microsandbox.vmm.kvmmachine;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The port through which a guest passes its result, which is in memory at {@link BareMachine#DATA}.
 */
final class ResultPort implements PortDevice {

    private static final int FIRST = 0x600;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    PortBus.Range range() {
        return new PortBus.Range(FIRST, Integer.BYTES, this);
    }

    /**
     * Adds code to a guest that passes the given number of 8-byte words, and resets the machine.
     */
    static Code report(Code code, int words) {
        return code.mov(Code.Register.RSI, BareMachine.DATA)
                .mov(Code.Register.RCX, 2L * words)
                .mov(Code.Register.RDX, FIRST)
                .repOuts(Integer.BYTES)
                .reset();
    }

    @Override
    public int read(int offset) {
        return 0;
    }

    @Override
    public synchronized void write(int offset, int value) {
        bytes.write(value);
    }

    /** The result. */
    synchronized long[] words() {
        long[] words = new long[bytes.size() / Long.BYTES];
        ByteBuffer.wrap(bytes.toByteArray())
                .order(ByteOrder.LITTLE_ENDIAN)
                .asLongBuffer()
                .get(words);
        return words;
    }
}
