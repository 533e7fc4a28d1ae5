package dev.microsandbox.vmm.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class TokenSearchTest {

    private static final byte[] TOKEN = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] PING = new PayloadWriter().u64(5).frame(0, Protocol.PING);

    @Property
    void theTokenIsFoundWhateverComesBeforeAndHoweverItIsCut(
            @ForAll @Size(max = 200) byte[] stale,
            @ForAll @IntRange(min = 1, max = 40) int chunk,
            @ForAll @IntRange(max = 15) int beginning)
            throws IOException {
        FrameReader reader =
                new FrameReader(slow(chunk, join(stale, prefix(beginning), TOKEN, PING, PING)));
        reader.searchFor(TOKEN);
        for (int i = 0; i < 2; i++) {
            Frame frame = reader.next();
            assertThat(frame).isNotNull();
            assertThat(frame.type()).isEqualTo(Protocol.PING);
            assertThat(reader.isSearching()).isFalse();
        }
        assertThat(reader.next()).isNull();
    }

    /** The search begins while the reader is in the middle of a frame. */
    @Property
    void theRestOfAFrameIsDropped(
            @ForAll @IntRange(max = 60) int read, @ForAll @IntRange(max = 60) int stale)
            throws IOException {
        FrameReader[] reader = new FrameReader[1];
        byte[] cut = new PayloadWriter().raw(new byte[50], 0, 50).frame(3, Protocol.DATA);
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
        assertThat(frame.type()).isEqualTo(Protocol.PING);
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
        return Arrays.copyOfRange(frame, Protocol.HEADER_BYTES, frame.length);
    }

    /** A stream that gives at most so many bytes at a time. */
    private static InputStream slow(int chunk, byte[] bytes) {
        return new ByteArrayInputStream(bytes) {
            @Override
            public int read(byte[] into, int offset, int length) {
                return super.read(into, offset, Math.min(length, chunk));
            }
        };
    }
}
