package dev.microsandbox.vmm.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.microsandbox.vmm.InputNumbers;
import dev.microsandbox.vmm.SeededCases;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class TokenSearchTest {

    private static final byte[] TOKEN = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] PING = new PayloadWriter().u64(5).frame(0, Protocol.FRAME_PING);

    @Test
    void theTokenIsFoundWhateverComesBeforeAndHoweverItIsCut() {
        SeededCases.check(
                1000,
                values ->
                        assertFound(
                                values.bytes(200), values.between(1, 40), values.between(0, 15)));
    }

    /**
     * The first two bytes determine how the stream is cut and how much of the token precedes it.
     */
    @FuzzTest
    void theTokenIsFoundAfterAnything(byte[] input) throws IOException {
        InputNumbers numbers = new InputNumbers(input);
        int chunk = 1 + numbers.nextInt(40);
        int beginning = numbers.nextInt(16);
        assertFound(
                Arrays.copyOfRange(input, Math.min(2, input.length), input.length),
                chunk,
                beginning);
    }

    private static void assertFound(byte[] stale, int chunk, int beginning) throws IOException {
        FrameReader reader =
                new FrameReader(slow(chunk, join(stale, prefix(beginning), TOKEN, PING, PING)));
        reader.searchFor(TOKEN);
        for (int i = 0; i < 2; i++) {
            Frame frame = reader.next();
            assertThat(frame).isNotNull();
            assertThat(frame.type()).isEqualTo(Protocol.FRAME_PING);
            assertThat(reader.isSearching()).isFalse();
        }
        assertThat(reader.next()).isNull();
    }

    /** The search begins while the reader is in the middle of a frame. */
    @Test
    void theRestOfAFrameIsDropped() {
        SeededCases.check(
                1000, values -> assertDropped(values.between(0, 60), values.between(0, 60)));
    }

    private static void assertDropped(int read, int stale) throws IOException {
        FrameReader[] reader = new FrameReader[1];
        byte[] cut = new PayloadWriter().raw(new byte[50], 0, 50).frame(3, Protocol.FRAME_DATA);
        InputStream searching =
                new InputStream() {
                    @Override
                    public int read() {
                        reader[0].searchFor(TOKEN);
                        return -1;
                    }

                    @Override
                    public int read(byte[] into, int offset, int length) {
                        return read();
                    }
                };
        byte[] after = join(new byte[stale], TOKEN, PING);
        reader[0] =
                new FrameReader(
                        new SequenceInputStream(
                                new SequenceInputStream(
                                        new ByteArrayInputStream(cut, 0, Math.min(read, 61)),
                                        searching),
                                new ByteArrayInputStream(after)));
        Frame frame = reader[0].next();
        assertThat(frame).isNotNull();
        assertThat(frame.type()).isEqualTo(Protocol.FRAME_PING);
    }

    @Test
    void aSearchThatFollowsAnotherIsTheOneThatCounts() throws IOException {
        byte[] second = TOKEN.clone();
        second[0] = 'x';
        FrameReader reader =
                new FrameReader(new ByteArrayInputStream(join(TOKEN, PING, second, PING)));
        reader.searchFor(TOKEN);
        reader.searchFor(second);
        assertThat(reader.next()).isNotNull();
        assertThat(reader.next()).isNull();
    }

    @Test
    void endlessBytesWithoutTheTokenAreRefused() {
        FrameReader reader =
                new FrameReader(
                        new InputStream() {
                            @Override
                            public int read() {
                                return 7;
                            }
                        });
        reader.searchFor(TOKEN);
        assertThatThrownBy(reader::next)
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("without an answer to RENEW");
    }

    @Test
    void theEndMayComeBeforeTheToken() throws IOException {
        FrameReader reader = new FrameReader(new ByteArrayInputStream(prefix(15)));
        reader.searchFor(TOKEN);
        assertThat(reader.next()).isNull();
    }

    private static byte[] prefix(int length) {
        return Arrays.copyOf(TOKEN, length);
    }

    private static byte[] join(byte[]... parts) {
        PayloadWriter writer = new PayloadWriter();
        for (byte[] part : parts) {
            writer.raw(part, 0, part.length);
        }
        byte[] frame = writer.frame(0, 0);
        return Arrays.copyOfRange(frame, Protocol.FRAME_HEADER, frame.length);
    }

    /** A stream that returns at most the given number of bytes per read. */
    private static InputStream slow(int chunk, byte[] bytes) {
        return new ByteArrayInputStream(bytes) {
            @Override
            public int read(byte[] into, int offset, int length) {
                return super.read(into, offset, Math.min(length, chunk));
            }
        };
    }
}
