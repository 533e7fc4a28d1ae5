package dev.microsandbox.mcp.seam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class ControlCodecTest {

    static final ToFront[] FROM_WORKER = {
        new ToFront.Ready(1),
        new ToFront.Ready(Integer.MIN_VALUE),
        new ToFront.Reserve(7, 2, 1L << 40, true),
        new ToFront.Reserve(-1, -2, Long.MIN_VALUE, false),
        new ToFront.Taken(8),
        new ToFront.Release(9),
        new ToFront.State(1, 2, 3),
        new ToFront.Pong(10),
        new ToFront.Watch("key"),
        new ToFront.Watch("")
    };

    static final ToWorker[] FROM_FRONT = {
        new ToWorker.Configure("a: ä€😀\n"),
        new ToWorker.Configure(""),
        new ToWorker.Granted(1),
        new ToWorker.Refused(2, 3, 4, 5, 6, Long.MAX_VALUE),
        new ToWorker.Evict(),
        new ToWorker.Ping(11),
        new ToWorker.KeyEnded("key"),
        new ToWorker.Stop(true),
        new ToWorker.Stop(false)
    };

    private static ToFront fromWorker(ByteBuffer bytes) throws IOException {
        int type = bytes.getInt();
        int length = bytes.getInt();
        assertThat(length).isEqualTo(bytes.remaining());
        return ControlCodec.fromWorker(type, bytes);
    }

    private static ToWorker fromFront(ByteBuffer bytes) throws IOException {
        int type = bytes.getInt();
        int length = bytes.getInt();
        assertThat(length).isEqualTo(bytes.remaining());
        return ControlCodec.fromFront(type, bytes);
    }

    @ParameterizedTest
    @FieldSource("FROM_WORKER")
    void aWorkersMessageArrivesAsItWasSent(ToFront message) throws IOException {
        assertThat(fromWorker(ControlCodec.encode(message).flip())).isEqualTo(message);
    }

    @ParameterizedTest
    @FieldSource("FROM_FRONT")
    void aFrontsMessageArrivesAsItWasSent(ToWorker message) throws IOException {
        assertThat(fromFront(ControlCodec.encode(message).flip())).isEqualTo(message);
    }

    /** A text ends where its message ends, so that a shorter one is a message too. */
    private static boolean isText(Object message) {
        return message instanceof ToFront.Watch
                || message instanceof ToWorker.Configure
                || message instanceof ToWorker.KeyEnded;
    }

    @ParameterizedTest
    @FieldSource("FROM_WORKER")
    void aWorkersMessageOfAnotherLengthIsNone(ToFront message) {
        if (isText(message)) {
            return;
        }
        byte[] bytes = ControlCodec.encode(message).array();
        int type = ByteBuffer.wrap(bytes).getInt();
        for (int length = 0; length <= bytes.length; length++) {
            ByteBuffer body = body(bytes, length);
            if (length != bytes.length - ControlCodec.HEADER_BYTES) {
                assertThatThrownBy(() -> ControlCodec.fromWorker(type, body))
                        .isInstanceOf(IOException.class)
                        .hasMessageMatching("a message .* too (short|long).*");
            }
        }
    }

    @ParameterizedTest
    @FieldSource("FROM_FRONT")
    void aFrontsMessageOfAnotherLengthIsNone(ToWorker message) {
        if (isText(message)) {
            return;
        }
        byte[] bytes = ControlCodec.encode(message).array();
        int type = ByteBuffer.wrap(bytes).getInt();
        for (int length = 0; length <= bytes.length; length++) {
            ByteBuffer body = body(bytes, length);
            if (length != bytes.length - ControlCodec.HEADER_BYTES) {
                assertThatThrownBy(() -> ControlCodec.fromFront(type, body))
                        .isInstanceOf(IOException.class)
                        .hasMessageMatching("a message .* too (short|long).*");
            }
        }
    }

    /** The body of a message with another length: its first bytes, and zeros after its last. */
    private static ByteBuffer body(byte[] message, int length) {
        return ByteBuffer.wrap(
                Arrays.copyOfRange(
                        message, ControlCodec.HEADER_BYTES, ControlCodec.HEADER_BYTES + length));
    }

    /** The types of either side are unknown to the side that sends them. */
    @ParameterizedTest
    @ValueSource(ints = {0, 8, 64, 65, 71, 72, -1, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void aWorkersMessageOfAnUnknownTypeIsNone(int type) {
        assertThatThrownBy(() -> ControlCodec.fromWorker(type, ByteBuffer.allocate(0)))
                .isInstanceOf(IOException.class)
                .hasMessage("a message of the unknown type " + type);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 8, 64, 72, -1, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void aFrontsMessageOfAnUnknownTypeIsNone(int type) {
        assertThatThrownBy(() -> ControlCodec.fromFront(type, ByteBuffer.allocate(0)))
                .isInstanceOf(IOException.class)
                .hasMessage("a message of the unknown type " + type);
    }

    @ParameterizedTest
    @ValueSource(bytes = {2, -1, Byte.MIN_VALUE, Byte.MAX_VALUE})
    void aBooleanIsZeroOrOne(byte value) {
        byte[] reserve = ControlCodec.encode(new ToFront.Reserve(1, 1, 1, true)).array();
        reserve[reserve.length - 1] = value;
        byte[] stop = ControlCodec.encode(new ToWorker.Stop(true)).array();
        stop[stop.length - 1] = value;
        assertThatThrownBy(() -> fromWorker(ByteBuffer.wrap(reserve)))
                .isInstanceOf(IOException.class)
                .hasMessage("neither true nor false: " + value);
        assertThatThrownBy(() -> fromFront(ByteBuffer.wrap(stop)))
                .isInstanceOf(IOException.class)
                .hasMessage("neither true nor false: " + value);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u00ff", "\u00c3", "\u00c0\u0080", "\u00ed\u00a0\u0080", "a\u0080"})
    void aTextIsUtf8(String bytes) {
        byte[] text = bytes.getBytes(StandardCharsets.ISO_8859_1);
        byte[] watch = ControlCodec.encode(new ToFront.Watch("a".repeat(text.length))).array();
        byte[] ended = ControlCodec.encode(new ToWorker.KeyEnded("a".repeat(text.length))).array();
        System.arraycopy(text, 0, watch, ControlCodec.HEADER_BYTES, text.length);
        System.arraycopy(text, 0, ended, ControlCodec.HEADER_BYTES, text.length);
        assertThatThrownBy(() -> fromWorker(ByteBuffer.wrap(watch)))
                .isInstanceOf(IOException.class)
                .hasMessage("a text is not UTF-8");
        assertThatThrownBy(() -> fromFront(ByteBuffer.wrap(ended)))
                .isInstanceOf(IOException.class)
                .hasMessage("a text is not UTF-8");
    }
}
