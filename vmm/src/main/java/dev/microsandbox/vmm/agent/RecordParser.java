package dev.microsandbox.vmm.agent;

import java.util.Arrays;

/**
 * Reassembles the records of channel 3 (docs/agent-protocol.md, section 6). Buffers at most one
 * record of {@link Protocol#RECORD_MAX} bytes. Not thread-safe.
 */
final class RecordParser {

    /** Receives a complete record. */
    @FunctionalInterface
    interface Sink {
        void record(int kind, PayloadReader body) throws ProtocolException;
    }

    private static final int LENGTH_BYTES = 4;

    private final Sink sink;
    private byte[] buffer = new byte[256];
    private int size;

    RecordParser(Sink sink) {
        this.sink = sink;
    }

    /** Takes the next bytes of the channel. They may begin and end in the middle of a record. */
    void feed(byte[] bytes) throws ProtocolException {
        int position = 0;
        while (position < bytes.length) {
            int wanted = (size < LENGTH_BYTES ? LENGTH_BYTES : recordEnd()) - size;
            int part = Math.min(wanted, bytes.length - position);
            append(bytes, position, part);
            position += part;
            if (size >= LENGTH_BYTES && size == recordEnd()) {
                int kind = buffer[LENGTH_BYTES] & 0xff;
                PayloadReader body =
                        new PayloadReader(buffer, LENGTH_BYTES + 1, size - LENGTH_BYTES - 1);
                sink.record(kind, body);
                body.finish();
                size = 0;
                shrink();
            }
        }
    }

    /** Fails if the last record is not complete. */
    void finish() throws ProtocolException {
        if (size != 0) {
            throw new ProtocolException("the last record is cut short");
        }
    }

    private int recordEnd() throws ProtocolException {
        int length = new PayloadReader(buffer, 0, LENGTH_BYTES).i32();
        if (length < 1 || length > Protocol.RECORD_MAX) {
            throw new ProtocolException(
                    "a record of " + Integer.toUnsignedString(length) + " bytes");
        }
        return LENGTH_BYTES + length;
    }

    private void append(byte[] bytes, int offset, int length) {
        if (size + length > buffer.length) {
            // Grows with the bytes that have arrived, not with the announced length.
            buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, size + length));
        }
        System.arraycopy(bytes, offset, buffer, size, length);
        size += length;
    }

    private void shrink() {
        if (buffer.length > Protocol.WINDOW_INITIAL) {
            buffer = new byte[256];
        }
    }
}
