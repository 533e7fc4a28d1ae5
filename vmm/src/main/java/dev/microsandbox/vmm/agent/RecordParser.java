package dev.microsandbox.vmm.agent;

import dev.microsandbox.vmm.agent.stream.RecordMemory;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reassembles the records of channel 3 (docs/agent-protocol.md, section 6). A record has at most
 * the size of its kind. Records beyond {@link #SMALL} bytes take memory that all machines share; if
 * there is none, they are left out. Not thread-safe.
 */
final class RecordParser implements AutoCloseable {

    /** Receives records. */
    @FunctionalInterface
    interface Sink {

        /** Takes a complete record. */
        void record(int kind, PayloadReader body) throws ProtocolException;

        /** Learns of a record of a correct size for which there was no memory. */
        default void leftOut(int kind, int size) throws ProtocolException {}
    }

    /** The sizes of records. */
    @FunctionalInterface
    interface Limits {

        /**
         * The greatest size of a record of a kind, counted without its length.
         *
         * @throws ProtocolException if the operation has no records of this kind
         */
        int of(int kind) throws ProtocolException;
    }

    /** The size up to which a record is held in the parser's own buffer, in bytes. */
    static final int SMALL = 256 * 1024;

    private static final int LENGTH_BYTES = 4;
    private static final int HEAD_BYTES = LENGTH_BYTES + 1;
    private static final int FIRST_BYTES = 256;
    private static final int KEPT_BYTES = 64 * 1024;

    private final Limits limits;
    private final Sink sink;
    private final RecordMemory memory;
    private final Object owner;

    private final byte[] head = new byte[HEAD_BYTES];
    private int headSize;

    /** What the current record's body has, and how much of it has arrived. */
    private int bodySize;

    private int arrived;
    private byte[] buffer = new byte[FIRST_BYTES];

    /** Where a large record is; null for a small one, and for one that is left out. */
    private RecordMemory.@Nullable Place place;

    private boolean leftOut;

    /**
     * @param owner the machine whose large records take turns
     */
    RecordParser(Limits limits, RecordMemory memory, Object owner, Sink sink) {
        this.limits = limits;
        this.sink = sink;
        this.memory = memory;
        this.owner = owner;
    }

    /** Takes the next bytes of the channel. They may begin and end in the middle of a record. */
    void feed(byte[] bytes) throws ProtocolException, InterruptedException {
        int position = 0;
        while (position < bytes.length) {
            if (headSize < HEAD_BYTES) {
                head[headSize++] = bytes[position++];
                if (headSize == LENGTH_BYTES) {
                    checkLength(Protocol.RECORD_MAX);
                } else if (headSize == HEAD_BYTES) {
                    begin();
                }
            } else {
                int part = Math.min(bodySize - arrived, bytes.length - position);
                append(bytes, position, part);
                position += part;
            }
            if (headSize == HEAD_BYTES && arrived == bodySize) {
                end();
            }
        }
    }

    /** Fails if the last record is not complete. */
    void finish() throws ProtocolException {
        if (headSize != 0) {
            throw new ProtocolException("the last record is cut short");
        }
    }

    /** Drops an unfinished record. */
    @Override
    public void close() {
        if (place != null) {
            place.close();
            place = null;
        }
    }

    private int checkLength(int most) throws ProtocolException {
        int length = new PayloadReader(head, 0, LENGTH_BYTES).i32();
        if (length < 1 || length > most) {
            throw new ProtocolException(
                    "a record of " + Integer.toUnsignedString(length) + " bytes");
        }
        return length;
    }

    private void begin() throws ProtocolException, InterruptedException {
        bodySize = checkLength(limits.of(kind())) - 1;
        arrived = 0;
        if (bodySize > SMALL) {
            place = memory.take(owner, bodySize);
            leftOut = place == null;
        }
    }

    private int kind() {
        return head[LENGTH_BYTES] & 0xff;
    }

    private void append(byte[] bytes, int offset, int length) {
        if (place != null) {
            if (!place.append(bytes, offset, length)) {
                close();
                leftOut = true;
            }
        } else if (!leftOut) {
            if (arrived + length > buffer.length) {
                int larger = Math.min(buffer.length * 2, bodySize);
                buffer = Arrays.copyOf(buffer, Math.max(larger, arrived + length));
            }
            System.arraycopy(bytes, offset, buffer, arrived, length);
        }
        arrived += length;
    }

    private void end() throws ProtocolException {
        if (leftOut) {
            sink.leftOut(kind(), bodySize + 1);
        } else {
            byte[] from = place == null ? buffer : place.bytes();
            PayloadReader body = new PayloadReader(from, 0, bodySize);
            sink.record(kind(), body);
            body.finish();
        }
        close();
        headSize = 0;
        leftOut = false;
        if (buffer.length > KEPT_BYTES) {
            buffer = new byte[FIRST_BYTES];
        }
    }
}
