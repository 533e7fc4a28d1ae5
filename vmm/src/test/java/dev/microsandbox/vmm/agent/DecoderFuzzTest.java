package dev.microsandbox.vmm.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microsandbox.vmm.MimeBundle;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Whatever a guest sends, a decoder gives a value or refuses; nothing else comes out of it. */
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

    /** Bytes of which many are small, so that lengths and counts often make sense. */
    @Provide
    Arbitrary<byte[]> payloads() {
        Arbitrary<Byte> bytes =
                Arbitraries.frequencyOf(
                        net.jqwik.api.Tuple.of(6, Arbitraries.just((byte) 0)),
                        net.jqwik.api.Tuple.of(3, Arbitraries.bytes().between((byte) 0, (byte) 4)),
                        net.jqwik.api.Tuple.of(2, Arbitraries.bytes()));
        return bytes.array(byte[].class).ofMaxSize(160);
    }

    @Property(tries = 5000)
    void anyPayloadGivesAValueOrARefusal(
            @ForAll("payloads") byte[] payload, @ForAll @IntRange(max = 16) int which) {
        PayloadReader reader = new PayloadReader(payload);
        try {
            assertThat(DECODERS.get(which).decode(reader)).isNotNull();
            reader.finish();
        } catch (ProtocolException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    @Property(tries = 2000)
    void anyRecordStreamIsParsedOrRefused(
            @ForAll("payloads") byte[] stream, @ForAll @IntRange(min = 1, max = 7) int chunk) {
        RecordParser parser =
                new RecordParser(
                        (kind, body) -> {
                            switch (kind) {
                                case Protocol.RECORD_VARIABLE -> Results.variable(body);
                                case Protocol.RECORD_ENTRY -> Results.entry(body);
                                default -> Results.bundle(body);
                            }
                        });
        try {
            for (int i = 0; i < stream.length; i += chunk) {
                int length = Math.min(chunk, stream.length - i);
                byte[] part = new byte[length];
                System.arraycopy(stream, i, part, 0, length);
                parser.feed(part);
            }
            parser.finish();
        } catch (ProtocolException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    @Property
    void recordsDoNotDependOnHowTheyAreCut(
            @ForAll @Size(max = 5) List<@Size(max = 300) byte[]> bodies,
            @ForAll @IntRange(min = 1, max = 64) int chunk)
            throws ProtocolException {
        PayloadWriter stream = new PayloadWriter();
        for (byte[] body : bodies) {
            stream.u32(body.length + 1).u8(9).raw(body, 0, body.length);
        }
        byte[] bytes = new PayloadReader(payload(stream)).rest();
        List<byte[]> seen = new ArrayList<>();
        RecordParser parser =
                new RecordParser(
                        (kind, body) -> {
                            assertThat(kind).isEqualTo(9);
                            seen.add(body.rest());
                        });
        for (int i = 0; i < bytes.length; i += chunk) {
            int length = Math.min(chunk, bytes.length - i);
            byte[] part = new byte[length];
            System.arraycopy(bytes, i, part, 0, length);
            parser.feed(part);
        }
        parser.finish();
        assertThat(seen).containsExactlyElementsOf(bodies);
    }

    @Test
    void anAnnouncedLengthAllocatesNothing() {
        // 2 GiB of string, list and record, announced in four bytes.
        byte[] huge = {-1, -1, -1, 0x7f};
        assertThatThrownBy(() -> new PayloadReader(huge).bytes())
                .isInstanceOf(ProtocolException.class);
        assertThatThrownBy(() -> new PayloadReader(huge).strings())
                .isInstanceOf(ProtocolException.class);
        assertThatThrownBy(() -> new RecordParser((kind, body) -> {}).feed(new byte[] {0, 0, 0, 3}))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("50331648 bytes");
    }

    @Test
    void aRecordMustBeConsumed() {
        RecordParser parser = new RecordParser((kind, body) -> body.u8());
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

    private static PayloadReader reader(PayloadWriter writer) {
        return new PayloadReader(payload(writer));
    }

    private static byte[] payload(PayloadWriter writer) {
        byte[] frame = writer.frame(0, 0);
        byte[] payload = new byte[frame.length - Protocol.HEADER_BYTES];
        System.arraycopy(frame, Protocol.HEADER_BYTES, payload, 0, payload.length);
        return payload;
    }
}
