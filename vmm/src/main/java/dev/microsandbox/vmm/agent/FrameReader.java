package dev.microsandbox.vmm.agent;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** Cuts a byte stream into frames. Not thread-safe. Never holds more than one frame. */
final class FrameReader {

    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private final InputStream in;
    private final byte[] header = new byte[Protocol.HEADER_BYTES];

    FrameReader(InputStream in) {
        this.in = in;
    }

    /**
     * Waits for the next frame.
     *
     * @return null at the end of the stream, also where that cuts a frame
     * @throws ProtocolException if the header is not one
     */
    @Nullable Frame next() throws IOException {
        if (in.readNBytes(header, 0, header.length) < header.length) {
            return null;
        }
        int length = (int) INT.get(header, 0);
        int stream = (int) INT.get(header, 4);
        int type = header[8] & 0xff;
        if (length < 0 || length > Protocol.MAX_PAYLOAD) {
            throw new ProtocolException(
                    "a frame of " + Integer.toUnsignedString(length) + " bytes");
        }
        if (stream < 0) {
            throw new ProtocolException("stream id " + Integer.toUnsignedString(stream));
        }
        if ((header[9] | header[10] | header[11]) != 0) {
            throw new ProtocolException("reserved bytes of a frame header are not zero");
        }
        byte[] payload = new byte[length];
        if (in.readNBytes(payload, 0, length) < length) {
            return null;
        }
        return new Frame(stream, type, payload);
    }
}
