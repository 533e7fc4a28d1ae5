package dev.microsandbox.vmm.agent;

import dev.microsandbox.vmm.PathBytes;
import java.util.Arrays;
import java.util.List;

/** Encodes a payload (docs/agent-protocol.md, section 1). Not thread-safe. */
final class PayloadWriter {

    /** The frame being built. Its header is written last. */
    private byte[] buffer = new byte[64];

    private int size = Protocol.FRAME_HEADER;

    PayloadWriter u8(int value) {
        reserve(1);
        buffer[size++] = (byte) value;
        return this;
    }

    PayloadWriter u16(int value) {
        return u8(value).u8(value >> 8);
    }

    PayloadWriter u32(int value) {
        return u16(value).u16(value >> 16);
    }

    PayloadWriter u64(long value) {
        return u32((int) value).u32((int) (value >> 32));
    }

    PayloadWriter bytes(byte[] value) {
        u32(value.length);
        return raw(value, 0, value.length);
    }

    /** Text, or a file name with bytes that are not UTF-8 ({@link PathBytes}). */
    PayloadWriter str(String value) {
        return bytes(PathBytes.encode(value));
    }

    PayloadWriter strings(List<String> values) {
        u32(values.size());
        values.forEach(this::str);
        return this;
    }

    /** Bytes without their length. */
    PayloadWriter raw(byte[] value, int offset, int length) {
        reserve(length);
        System.arraycopy(value, offset, buffer, size, length);
        size += length;
        return this;
    }

    /** The payload's size so far, in bytes. */
    int size() {
        return size - Protocol.FRAME_HEADER;
    }

    /** The payload as a frame, including its header. */
    byte[] frame(int stream, int type) {
        if (size() > Protocol.FRAME_PAYLOAD_MAX) {
            throw new IllegalArgumentException("a payload of " + size() + " bytes");
        }
        int end = size;
        size = 0;
        u32(end - Protocol.FRAME_HEADER).u32(stream).u8(type);
        size = end;
        return Arrays.copyOf(buffer, end);
    }

    private void reserve(int more) {
        if (size + more > buffer.length) {
            buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, size + more));
        }
    }
}
