package dev.microsandbox.vmm.agent;

import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a byte stream into frames. Only one thread may call {@link #next}; any thread may start a
 * search. Buffers at most one frame.
 */
final class FrameReader {

    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private final PushbackInputStream in;
    private final byte[] header = new byte[Protocol.FRAME_HEADER];

    private final AtomicReference<@Nullable TokenSearch> search = new AtomicReference<>();

    FrameReader(InputStream in) {
        this.in = new PushbackInputStream(in, Protocol.FRAME_PAYLOAD_MAX);
    }

    /**
     * Makes the reader drop everything, including the rest of a frame, until the token has arrived.
     * Frames follow the token.
     */
    void searchFor(byte[] token) {
        search.set(new TokenSearch(token));
    }

    /** Whether the token of the last search has not arrived yet. */
    boolean isSearching() {
        return search.get() != null;
    }

    /**
     * Waits for the next frame.
     *
     * @return null at the end of the stream, even if that is in the middle of a frame
     * @throws ProtocolException if a header is invalid, or too many bytes arrive before the token
     */
    @Nullable Frame next() throws IOException {
        while (true) {
            switch (fill(header)) {
                case ENDED -> {
                    return null;
                }
                case FOUND -> {
                    continue;
                }
                case FILLED -> {}
            }
            byte[] payload = new byte[checkedLength()];
            switch (fill(payload)) {
                case ENDED -> {
                    return null;
                }
                case FOUND -> {}
                case FILLED -> {
                    return new Frame((int) INT.get(header, 4), header[8] & 0xff, payload);
                }
            }
        }
    }

    private int checkedLength() throws ProtocolException {
        int length = (int) INT.get(header, 0);
        int stream = (int) INT.get(header, 4);
        if (length < 0 || length > Protocol.FRAME_PAYLOAD_MAX) {
            throw new ProtocolException(
                    "a frame of " + Integer.toUnsignedString(length) + " bytes");
        }
        if (stream < 0) {
            throw new ProtocolException("stream id " + Integer.toUnsignedString(stream));
        }
        if ((header[9] | header[10] | header[11]) != 0) {
            throw new ProtocolException("reserved bytes of a frame header are not zero");
        }
        return length;
    }

    private enum Fill {
        FILLED,
        ENDED,
        /** A search began meanwhile and has ended, so the next byte begins a frame. */
        FOUND
    }

    private Fill fill(byte[] target) throws IOException {
        byte[] room = {};
        int filled = 0;
        while (filled < target.length || isSearching()) {
            // During a search, the target may be full already, so another buffer is used.
            boolean searching = isSearching();
            if (searching && room.length == 0) {
                room = new byte[Protocol.FRAME_PAYLOAD_MAX];
            }
            byte[] into = searching ? room : target;
            int from = searching ? 0 : filled;
            int count = in.read(into, from, into.length - from);
            if (count < 0) {
                return Fill.ENDED;
            }
            TokenSearch current = search.get();
            if (current == null) {
                filled += count;
                continue;
            }
            // The search may have begun during the read, so the token may be in these bytes.
            int after = current.feed(into, from, count);
            if (after >= 0) {
                in.unread(into, after, from + count - after);
                // Fails if another search has begun.
                if (search.compareAndSet(current, null)) {
                    return Fill.FOUND;
                }
            }
        }
        return Fill.FILLED;
    }
}
