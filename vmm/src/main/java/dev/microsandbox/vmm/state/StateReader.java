package dev.microsandbox.vmm.state;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Reads what {@link StateWriter} wrote. The bytes are untrusted: a reader allocates nothing for a
 * length that exceeds the remaining bytes, and throws IllegalArgumentException for anything that
 * does not fit.
 */
public final class StateReader {

    private final ByteBuffer in;

    public StateReader(ByteBuffer bytes) {
        this.in = bytes.slice();
    }

    public int u8() {
        require(Byte.BYTES);
        return in.get() & 0xff;
    }

    public boolean flag() {
        return switch (u8()) {
            case 0 -> false;
            case 1 -> true;
            default -> throw new IllegalArgumentException("a flag that is neither");
        };
    }

    public int u32() {
        require(Integer.BYTES);
        return in.getInt();
    }

    public long u64() {
        require(Long.BYTES);
        return in.getLong();
    }

    public byte[] bytes() {
        byte[] value = new byte[count(1)];
        in.get(value);
        return value;
    }

    public MemorySegment segment() {
        return MemorySegment.ofArray(bytes()).asReadOnly();
    }

    public String text() {
        return new String(bytes(), StandardCharsets.ISO_8859_1);
    }

    /**
     * Reads a list.
     *
     * @param bytesEach the least bytes that an element takes
     */
    public <T> List<T> list(int bytesEach, Supplier<T> each) {
        int count = count(bytesEach);
        List<T> values = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            values.add(each.get());
        }
        return values;
    }

    /** Checks that all bytes were read. */
    public void end() {
        if (in.hasRemaining()) {
            throw new IllegalArgumentException(in.remaining() + " bytes too many");
        }
    }

    private int count(int bytesEach) {
        int count = u32();
        if (count < 0 || (long) count * bytesEach > in.remaining()) {
            throw new IllegalArgumentException("a length of " + Integer.toUnsignedString(count));
        }
        return count;
    }

    private void require(int bytes) {
        if (in.remaining() < bytes) {
            throw new IllegalArgumentException("it ends too early");
        }
    }
}
