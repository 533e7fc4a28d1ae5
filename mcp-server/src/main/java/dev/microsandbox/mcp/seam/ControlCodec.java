package dev.microsandbox.mcp.seam;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;

/**
 * The form of messages: a type and the length of the rest, 32 bits each, then the message's
 * components in their order; numbers are big-endian, a text is what is left.
 */
final class ControlCodec {

    static final int HEADER_BYTES = 2 * Integer.BYTES;

    /** The longest message of a worker without its header. */
    static final int MOST_FROM_WORKER = 128;

    /** The longest message of the front without its header: the text of a configuration. */
    static final int MOST_FROM_FRONT = 2 << 20;

    private static final int READY = 1;
    private static final int RESERVE = 2;
    private static final int TAKEN = 3;
    private static final int RELEASE = 4;
    private static final int STATE = 5;
    private static final int PONG = 6;
    private static final int WATCH = 7;

    private static final int CONFIGURE = 65;
    private static final int GRANTED = 66;
    private static final int REFUSED = 67;
    private static final int EVICT = 68;
    private static final int PING = 69;
    private static final int KEY_ENDED = 70;
    private static final int STOP = 71;

    private ControlCodec() {}

    static ByteBuffer encode(ToFront message) {
        return switch (message) {
            case ToFront.Ready(int version) -> begin(READY, 4).putInt(version);
            case ToFront.Reserve(int id, int cpus, long memory, boolean pool) ->
                    begin(RESERVE, 17).putInt(id).putInt(cpus).putLong(memory).put(bit(pool));
            case ToFront.Taken(int id) -> begin(TAKEN, 4).putInt(id);
            case ToFront.Release(int id) -> begin(RELEASE, 4).putInt(id);
            case ToFront.State(int sessions, int computers, int requests) ->
                    begin(STATE, 12).putInt(sessions).putInt(computers).putInt(requests);
            case ToFront.Pong(int id) -> begin(PONG, 4).putInt(id);
            case ToFront.Watch(String key) -> text(WATCH, key);
        };
    }

    static ByteBuffer encode(ToWorker message) {
        return switch (message) {
            case ToWorker.Configure(String yaml) -> text(CONFIGURE, yaml);
            case ToWorker.Granted(int id) -> begin(GRANTED, 4).putInt(id);
            case ToWorker.Refused refused ->
                    begin(REFUSED, 44)
                            .putInt(refused.id())
                            .putLong(refused.sandboxes())
                            .putLong(refused.cpusInUse())
                            .putLong(refused.cpus())
                            .putLong(refused.memoryInUse())
                            .putLong(refused.memoryBytes());
            case ToWorker.Evict() -> begin(EVICT, 0);
            case ToWorker.Ping(int id) -> begin(PING, 4).putInt(id);
            case ToWorker.KeyEnded(String key) -> text(KEY_ENDED, key);
            case ToWorker.Stop(boolean keepsUnused) -> begin(STOP, 1).put(bit(keepsUnused));
        };
    }

    private static ByteBuffer begin(int type, int length) {
        return ByteBuffer.allocate(HEADER_BYTES + length).putInt(type).putInt(length);
    }

    private static ByteBuffer text(int type, String text) {
        byte[] bytes = text.getBytes(UTF_8);
        return begin(type, bytes.length).put(bytes);
    }

    private static byte bit(boolean value) {
        return (byte) (value ? 1 : 0);
    }

    /**
     * Decodes a worker's message.
     *
     * @throws IOException if it is none
     */
    static ToFront fromWorker(int type, ByteBuffer body) throws IOException {
        try {
            ToFront message =
                    switch (type) {
                        case READY -> new ToFront.Ready(body.getInt());
                        case RESERVE ->
                                new ToFront.Reserve(
                                        body.getInt(), body.getInt(), body.getLong(), bit(body));
                        case TAKEN -> new ToFront.Taken(body.getInt());
                        case RELEASE -> new ToFront.Release(body.getInt());
                        case STATE ->
                                new ToFront.State(body.getInt(), body.getInt(), body.getInt());
                        case PONG -> new ToFront.Pong(body.getInt());
                        case WATCH -> new ToFront.Watch(text(body));
                        default -> throw new IOException("a message of the unknown type " + type);
                    };
            return whole(message, body);
        } catch (BufferUnderflowException e) {
            throw new IOException("a message of type %d is too short".formatted(type), e);
        }
    }

    /** As {@link #fromWorker}, of the front's message. */
    static ToWorker fromFront(int type, ByteBuffer body) throws IOException {
        try {
            ToWorker message =
                    switch (type) {
                        case CONFIGURE -> new ToWorker.Configure(text(body));
                        case GRANTED -> new ToWorker.Granted(body.getInt());
                        case REFUSED ->
                                new ToWorker.Refused(
                                        body.getInt(),
                                        body.getLong(),
                                        body.getLong(),
                                        body.getLong(),
                                        body.getLong(),
                                        body.getLong());
                        case EVICT -> new ToWorker.Evict();
                        case PING -> new ToWorker.Ping(body.getInt());
                        case KEY_ENDED -> new ToWorker.KeyEnded(text(body));
                        case STOP -> new ToWorker.Stop(bit(body));
                        default -> throw new IOException("a message of the unknown type " + type);
                    };
            return whole(message, body);
        } catch (BufferUnderflowException e) {
            throw new IOException("a message of type %d is too short".formatted(type), e);
        }
    }

    private static <T> T whole(T message, ByteBuffer body) throws IOException {
        if (body.hasRemaining()) {
            throw new IOException("a message is too long: " + message.getClass().getSimpleName());
        }
        return message;
    }

    private static boolean bit(ByteBuffer body) throws IOException {
        byte value = body.get();
        if (value != 0 && value != 1) {
            throw new IOException("neither true nor false: " + value);
        }
        return value == 1;
    }

    private static String text(ByteBuffer body) throws IOException {
        try {
            return UTF_8.newDecoder().decode(body).toString();
        } catch (CharacterCodingException e) {
            throw new IOException("a text is not UTF-8", e);
        }
    }
}
