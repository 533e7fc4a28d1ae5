package dev.microsandbox.vmm.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.microsandbox.vmm.MimeBundle;
import dev.microsandbox.vmm.SeededCases;
import dev.microsandbox.vmm.agent.stream.RecordMemory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Whatever a guest sends, a decoder returns a value or throws ProtocolException, and nothing else.
 */
class DecoderFuzzTest {

    private static final List<ResultDecoder<?>> DECODERS =
            List.of(
                    Results::exit,
                    Results::run,
                    Results::stat,
                    Results::entry,
                    Results::variable,
                    Results::bundle,
                    Results::info,
                    Results::jobId,
                    Results::job,
                    Results::jobOutput,
                    Results::jobs,
                    PayloadReader::strings,
                    PayloadReader::bytes,
                    PayloadReader::str,
                    PayloadReader::path,
                    PayloadReader::u63,
                    PayloadReader::bool);

    /** The first byte selects the decoder that gets the rest. */
    @FuzzTest
    void anyResultIsDecodedOrRefused(byte[] input) {
        if (input.length > 0) {
            assertDecodedOrRefused(
                    DECODERS.get((input[0] & 0xff) % DECODERS.size()),
                    Arrays.copyOfRange(input, 1, input.length));
        }
    }

    @Test
    void anyPayloadGivesAValueOrARefusal() {
        SeededCases.check(
                5000,
                values ->
                        assertDecodedOrRefused(
                                values.oneOf(DECODERS.toArray(ResultDecoder<?>[]::new)),
                                payload(values)));
    }

    private static void assertDecodedOrRefused(ResultDecoder<?> decoder, byte[] payload) {
        PayloadReader reader = new PayloadReader(payload);
        try {
            assertThat(decoder.decode(reader)).isNotNull();
            reader.finish();
        } catch (ProtocolException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    /** Bytes with many small values, so that lengths and counts are often plausible. */
    private static byte[] payload(SeededCases.Values values) {
        byte[] bytes = values.bytes(160);
        for (int i = 0; i < bytes.length; i++) {
            int kind = values.random().nextInt(11);
            if (kind < 6) {
                bytes[i] = 0;
            } else if (kind < 9) {
                bytes[i] = (byte) values.random().nextInt(5);
            }
        }
        return bytes;
    }

    /** The first byte determines how the rest is cut into pieces. */
    @FuzzTest
    void anyRecordsAreParsedOrRefused(byte[] input) throws InterruptedException {
        if (input.length > 0) {
            assertParsedOrRefused(
                    Arrays.copyOfRange(input, 1, input.length), 1 + (input[0] & 0xff) % 7);
        }
    }

    @Test
    void anyRecordStreamIsParsedOrRefused() {
        SeededCases.check(
                2000, values -> assertParsedOrRefused(payload(values), values.between(1, 7)));
    }

    private static void assertParsedOrRefused(byte[] stream, int chunk)
            throws InterruptedException {
        RecordParser parser =
                new RecordParser(
                        DecoderFuzzTest::most,
                        RecordMemory.OF_PROCESS,
                        new Object(),
                        (kind, body) -> {
                            switch (kind) {
                                case Protocol.RECORD_CLEAR -> body.bool();
                                case Protocol.RECORD_VARIABLE -> Results.variable(body);
                                case Protocol.RECORD_ENTRY -> Results.entry(body);
                                default -> Results.bundle(body);
                            }
                        });
        try (parser) {
            feed(parser, stream, chunk);
            parser.finish();
        } catch (ProtocolException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    /** The greatest sizes of the records of all operations. */
    private static int most(int kind) throws ProtocolException {
        return switch (kind) {
            case Protocol.RECORD_VARIABLE -> Protocol.VARIABLE_MAX;
            case Protocol.RECORD_ENTRY -> Protocol.ENTRY_MAX;
            default -> Displays.most(kind);
        };
    }

    private static void feed(RecordParser parser, byte[] stream, int chunk)
            throws ProtocolException, InterruptedException {
        for (int i = 0; i < stream.length; i += chunk) {
            parser.feed(Arrays.copyOfRange(stream, i, Math.min(i + chunk, stream.length)));
        }
    }

    @Test
    void recordsDoNotDependOnHowTheyAreCut() {
        SeededCases.check(
                1000,
                values -> {
                    List<byte[]> bodies = new ArrayList<>();
                    for (int left = values.between(0, 5); left > 0; left--) {
                        bodies.add(values.bytes(300));
                    }
                    assertSeen(bodies, values.between(1, 64));
                });
    }

    private static void assertSeen(List<byte[]> bodies, int chunk)
            throws ProtocolException, InterruptedException {
        PayloadWriter stream = new PayloadWriter();
        for (byte[] body : bodies) {
            stream.u32(body.length + 1).u8(9).raw(body, 0, body.length);
        }
        List<byte[]> seen = new ArrayList<>();
        RecordParser parser =
                parser(
                        (kind, body) -> {
                            assertThat(kind).isEqualTo(9);
                            seen.add(body.rest());
                        });
        feed(parser, new PayloadReader(payload(stream)).rest(), chunk);
        parser.finish();
        assertThat(seen).containsExactlyElementsOf(bodies);
    }

    @Test
    void anAnnouncedLengthAllocatesNothing() {
        // A string, a list and a record that announce 2 GiB in four bytes.
        byte[] huge = {-1, -1, -1, 0x7f};
        assertThatThrownBy(() -> new PayloadReader(huge).bytes())
                .isInstanceOf(ProtocolException.class);
        assertThatThrownBy(() -> new PayloadReader(huge).strings())
                .isInstanceOf(ProtocolException.class);
        assertThatThrownBy(() -> parser((kind, body) -> {}).feed(new byte[] {0, 0, 0, 3}))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("50331648 bytes");
    }

    @Test
    void aRecordMustBeConsumed() {
        RecordParser parser = parser((kind, body) -> body.u8());
        assertThatThrownBy(() -> parser.feed(new byte[] {3, 0, 0, 0, 1, 2, 3}))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("1 bytes too many");
    }

    @Test
    void bundlesHaveOneToSixtyFourRepresentations() throws ProtocolException {
        assertThatThrownBy(() -> Results.bundle(reader(new PayloadWriter().u32(0))))
                .isInstanceOf(ProtocolException.class);
        PayloadWriter many = new PayloadWriter().u32(65);
        for (int i = 0; i < 65; i++) {
            many.str("a/b").bytes(new byte[0]);
        }
        assertThatThrownBy(() -> Results.bundle(reader(many)))
                .isInstanceOf(ProtocolException.class);

        MimeBundle bundle =
                Results.bundle(
                        reader(new PayloadWriter().u32(1).str("image/png").bytes(new byte[] {1})));
        assertThat(bundle.get("image/png")).isPresent();
        assertThat(bundle.get("text/plain")).isEmpty();
    }

    @Test
    void clocksOfTheGuestMayBeNonsense() throws ProtocolException {
        PayloadWriter exit =
                new PayloadWriter()
                        .u8(0)
                        .u32(0)
                        .u8(0)
                        .u32(0)
                        .str("")
                        .u64(0)
                        .u64(Long.MAX_VALUE)
                        .u64(0)
                        .u64(0)
                        .str("");
        assertThat(Results.exit(reader(exit)).wallTime()).isPositive();
        PayloadWriter stat =
                new PayloadWriter().u8(1).u32(0).u32(0).u32(0).u64(0).u64(Long.MIN_VALUE).str("");
        assertThat(Results.stat(reader(stat)).modified()).isBefore(java.time.Instant.EPOCH);
    }

    private static RecordParser parser(RecordParser.Sink sink) {
        return new RecordParser(
                kind -> Protocol.RECORD_MAX, RecordMemory.OF_PROCESS, new Object(), sink);
    }

    private static PayloadReader reader(PayloadWriter writer) {
        return new PayloadReader(payload(writer));
    }

    private static byte[] payload(PayloadWriter writer) {
        byte[] frame = writer.frame(0, 0);
        byte[] payload = new byte[frame.length - Protocol.FRAME_HEADER];
        System.arraycopy(frame, Protocol.FRAME_HEADER, payload, 0, payload.length);
        return payload;
    }
}
