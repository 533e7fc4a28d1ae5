package dev.microsandbox.vmm.state;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;

/**
 * Writes what {@link StateReader} reads: numbers in big-endian order, everything else preceded by
 * its length. What a part writes is its format on the disk, so any change to it needs a new version
 * of the snapshot format.
 */
public final class StateWriter {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream(32 * 1024);

    public void u8(int value) {
        out.write(value);
    }

    public void flag(boolean value) {
        u8(value ? 1 : 0);
    }

    public void u32(int value) {
        out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(value).array());
    }

    public void u64(long value) {
        out.writeBytes(ByteBuffer.allocate(Long.BYTES).putLong(value).array());
    }

    public void bytes(byte[] value) {
        u32(value.length);
        raw(value);
    }

    public void bytes(MemorySegment value) {
        bytes(value.toArray(ValueLayout.JAVA_BYTE));
    }

    /** Writes text whose characters are at most U+00FF. */
    public void text(String value) {
        bytes(value.getBytes(StandardCharsets.ISO_8859_1));
    }

    public <T> void list(List<T> values, Consumer<T> each) {
        u32(values.size());
        values.forEach(each);
    }

    /** Writes bytes without their length. */
    public void raw(byte[] value) {
        out.writeBytes(value);
    }

    public byte[] toBytes() {
        return out.toByteArray();
    }
}
