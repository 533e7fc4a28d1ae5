package dev.microsandbox.vmm.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.microsandbox.vmm.SeededCases;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FrameReaderTest {

    @Test
    void readsWhatTheWriterWrote() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        FrameWriter writer = new FrameWriter(bytes);
        writer.writeHeld(
                7, Protocol.FRAME_DATA, new PayloadWriter().u8(1).raw(new byte[] {9, 8}, 0, 2));
        writer.writeHeld(0, Protocol.FRAME_PING, new PayloadWriter().u64(-2));

        FrameReader reader = new FrameReader(new ByteArrayInputStream(bytes.toByteArray()));

        Frame data = reader.next();
        assertThat(data).isNotNull();
        assertThat(data.stream()).isEqualTo(7);
        assertThat(data.type()).isEqualTo(Protocol.FRAME_DATA);
        assertThat(data.payload()).containsExactly(1, 9, 8);
        Frame ping = reader.next();
        assertThat(ping).isNotNull();
        assertThat(new PayloadReader(ping.payload()).i64()).isEqualTo(-2);
        assertThat(reader.next()).isNull();
    }

    @Test
    void acceptsTheLongestPayloadAndNoLonger() throws IOException {
        byte[] longest = new byte[Protocol.FRAME_HEADER + Protocol.FRAME_PAYLOAD_MAX];
        longest[2] = 1; // 65,536
        longest[8] = Protocol.FRAME_DATA;
        assertThat(new FrameReader(new ByteArrayInputStream(longest)).next())
                .isNotNull()
                .extracting(f -> f.payload().length)
                .isEqualTo(Protocol.FRAME_PAYLOAD_MAX);

        longest[0] = 1; // 65,537
        assertRefused(longest, "65537 bytes");
    }

    @Test
    void refusesHeadersThatAreNone() {
        assertRefused(header(-1, 0, 1, 0), "4294967295 bytes");
        assertRefused(header(0, -1, 1, 0), "stream id 4294967295");
        assertRefused(header(0, 0, 1, 1), "reserved");
    }

    @Test
    void aCutFrameIsTheEnd() throws IOException {
        byte[] frame = new PayloadWriter().u64(1).frame(0, Protocol.FRAME_PING);
        for (int length = 0; length < frame.length; length++) {
            ByteArrayInputStream cut = new ByteArrayInputStream(frame, 0, length);
            assertThat(new FrameReader(cut).next()).isNull();
        }
    }

    @FuzzTest
    void anyStreamGivesFramesOrARefusal(byte[] bytes) throws IOException {
        assertFramesOrRefusal(bytes);
    }

    @Test
    void anyBytesGiveFramesOrARefusal() {
        SeededCases.check(
                1000,
                values -> {
                    byte[] bytes = values.bytes(400);
                    // Usually a plausible header with a short payload.
                    if (values.between(0, 3) > 0) {
                        for (int i : new int[] {1, 2, 3, 7, 9, 10, 11}) {
                            if (i < bytes.length) {
                                bytes[i] = 0;
                            }
                        }
                    }
                    assertFramesOrRefusal(bytes);
                });
    }

    private static void assertFramesOrRefusal(byte[] bytes) throws IOException {
        FrameReader reader = new FrameReader(new ByteArrayInputStream(bytes));
        List<Frame> frames = new ArrayList<>();
        try {
            for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
                frames.add(frame);
            }
        } catch (ProtocolException e) {
            assertThat(e).hasMessageMatching("(?s).*(bytes|stream id|reserved).*");
        }
        assertThat(frames).hasSizeLessThanOrEqualTo(bytes.length / Protocol.FRAME_HEADER);
    }

    @Test
    void roundTrip() {
        SeededCases.check(
                1000,
                values -> {
                    int stream = values.between(0, Integer.MAX_VALUE);
                    int type = values.between(0, 255);
                    byte[] payload = values.bytes(200);
                    byte[] frame =
                            new PayloadWriter().raw(payload, 0, payload.length).frame(stream, type);
                    Frame read = new FrameReader(new ByteArrayInputStream(frame)).next();
                    assertThat(read).isNotNull();
                    assertThat(read.stream()).isEqualTo(stream);
                    assertThat(read.type()).isEqualTo(type);
                    assertThat(read.payload()).isEqualTo(payload);
                });
    }

    private static byte[] header(int length, int stream, int type, int reserved) {
        byte[] header = new byte[Protocol.FRAME_HEADER];
        byte[] fields =
                new PayloadWriter().u32(length).u32(stream).u8(type).u8(reserved).frame(0, 0);
        System.arraycopy(fields, Protocol.FRAME_HEADER, header, 0, 10);
        return header;
    }

    private static void assertRefused(byte[] bytes, String reason) {
        assertThatThrownBy(() -> new FrameReader(new ByteArrayInputStream(bytes)).next())
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining(reason);
    }
}
