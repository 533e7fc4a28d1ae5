package dev.microsandbox.mcp.seam;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;

/**
 * One end of the control connection between a front and a worker. Any thread may send; one thread
 * receives.
 *
 * @param <O> what this end sends
 * @param <I> what it receives
 */
public final class ControlChannel<O, I> implements AutoCloseable {

    /** The version of the protocol, which {@link ToFront.Ready} names. */
    public static final int VERSION = 1;

    private final ByteChannel channel;
    private final Encoder<O> encoder;
    private final Decoder<I> decoder;
    private final int mostBytes;
    private final ByteBuffer header = ByteBuffer.allocate(ControlCodec.HEADER_BYTES);

    @FunctionalInterface
    private interface Encoder<T> {
        ByteBuffer encode(T message);
    }

    @FunctionalInterface
    private interface Decoder<T> {
        T decode(int type, ByteBuffer body) throws IOException;
    }

    private ControlChannel(
            ByteChannel channel, Encoder<O> encoder, Decoder<I> decoder, int mostBytes) {
        this.channel = channel;
        this.encoder = encoder;
        this.decoder = decoder;
        this.mostBytes = mostBytes;
    }

    /** The front's end. */
    public static ControlChannel<ToWorker, ToFront> ofFront(ByteChannel channel) {
        return new ControlChannel<>(
                channel,
                ControlCodec::encode,
                ControlCodec::fromWorker,
                ControlCodec.MOST_FROM_WORKER);
    }

    /** The worker's end. */
    public static ControlChannel<ToFront, ToWorker> ofWorker(ByteChannel channel) {
        return new ControlChannel<>(
                channel,
                ControlCodec::encode,
                ControlCodec::fromFront,
                ControlCodec.MOST_FROM_FRONT);
    }

    /**
     * Sends a message.
     *
     * @throws IOException if the other end is gone
     */
    public synchronized void send(O message) throws IOException {
        ByteBuffer bytes = encoder.encode(message).flip();
        while (bytes.hasRemaining()) {
            int _ = channel.write(bytes);
        }
    }

    /**
     * Waits for a message.
     *
     * @throws EOFException if the other end is gone
     * @throws IOException if what comes is no message; the connection is then of no use any more
     */
    public I receive() throws IOException {
        read(header.clear());
        header.flip();
        int type = header.getInt();
        int length = header.getInt();
        if (length < 0 || length > mostBytes) {
            throw new IOException("a message of %d bytes".formatted(length));
        }
        ByteBuffer body = ByteBuffer.allocate(length);
        read(body);
        return decoder.decode(type, body.flip());
    }

    private void read(ByteBuffer into) throws IOException {
        while (into.hasRemaining()) {
            if (channel.read(into) < 0) {
                throw new EOFException("the other end is gone");
            }
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // It is gone either way.
        }
    }
}
