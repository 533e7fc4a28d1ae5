package dev.microsandbox.vmm.agent;

import dev.microsandbox.vmm.PathBytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Decodes a payload (docs/agent-protocol.md, section 1). For any bytes, a read returns a value or
 * throws {@link ProtocolException}, and allocates no more than the payload's length. Not
 * thread-safe.
 */
final class PayloadReader {

    private final byte[] bytes;
    private final int end;
    private int position;

    PayloadReader(byte[] bytes) {
        this(bytes, 0, bytes.length);
    }

    PayloadReader(byte[] bytes, int offset, int length) {
        this.bytes = bytes;
        this.position = offset;
        this.end = offset + length;
    }

    int u8() throws ProtocolException {
        need(1);
        return bytes[position++] & 0xff;
    }

    int u16() throws ProtocolException {
        need(2);
        return u8() | u8() << 8;
    }

    int i32() throws ProtocolException {
        need(4);
        return u16() | u16() << 16;
    }

    /** An unsigned value that must fit into an {@code int}, as all counts of the protocol do. */
    int u31() throws ProtocolException {
        int value = i32();
        if (value < 0) {
            throw new ProtocolException("a count of " + Integer.toUnsignedString(value));
        }
        return value;
    }

    long i64() throws ProtocolException {
        need(8);
        return (i32() & 0xffff_ffffL) | (long) i32() << 32;
    }

    /** An unsigned value that must fit into a {@code long}. */
    long u63() throws ProtocolException {
        long value = i64();
        if (value < 0) {
            throw new ProtocolException("a size of " + Long.toUnsignedString(value));
        }
        return value;
    }

    boolean bool() throws ProtocolException {
        int value = u8();
        if (value > 1) {
            throw new ProtocolException("a flag of " + value);
        }
        return value == 1;
    }

    byte[] bytes() throws ProtocolException {
        int length = u31();
        need(length);
        byte[] value = new byte[length];
        System.arraycopy(bytes, position, value, 0, length);
        position += length;
        return value;
    }

    /** Text. Replaces bytes that are not UTF-8. */
    String str() throws ProtocolException {
        int length = u31();
        need(length);
        String value = new String(bytes, position, length, StandardCharsets.UTF_8);
        position += length;
        return value;
    }

    /** A file name, decoded without loss: see {@link PathBytes}. */
    String path() throws ProtocolException {
        int length = u31();
        need(length);
        String value = PathBytes.decode(bytes, position, length);
        position += length;
        return value;
    }

    List<String> strings() throws ProtocolException {
        int count = count(4);
        List<String> values = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            values.add(str());
        }
        return values;
    }

    /** The length of a list whose elements take at least {@code leastBytes} each. */
    int count(int leastBytes) throws ProtocolException {
        int count = u31();
        if (count > (end - position) / leastBytes) {
            throw new ProtocolException(
                    "a list of " + count + " in " + (end - position) + " bytes");
        }
        return count;
    }

    /** How many bytes have not been read yet. */
    int remaining() {
        return end - position;
    }

    /** All remaining bytes. */
    byte[] rest() {
        byte[] value = new byte[end - position];
        System.arraycopy(bytes, position, value, 0, value.length);
        position = end;
        return value;
    }

    /** Checks that everything was read. */
    void finish() throws ProtocolException {
        if (position != end) {
            throw new ProtocolException((end - position) + " bytes too many in a payload");
        }
    }

    private void need(int count) throws ProtocolException {
        if (end - position < count) {
            throw new ProtocolException(
                    "a payload ends where " + count + " more bytes were expected");
        }
    }
}
