package dev.microsandbox.vmm.agent.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microsandbox.vmm.SeededCases;
import java.util.ArrayDeque;
import org.junit.jupiter.api.Test;

class ReceivedBytesTest {

    private static final int WINDOW = 262_144;

    /** Against a queue of single bytes with their channels. */
    @Test
    void bytesComeInTheirOrderAndOnTheirChannels() {
        SeededCases.check(
                500,
                values -> {
                    ReceivedBytes received = new ReceivedBytes();
                    ArrayDeque<Integer> expected = new ArrayDeque<>();
                    for (int step = values.between(1, 40); step > 0; step--) {
                        if (values.random().nextInt(3) > 0) {
                            byte[] bytes = values.bytes(values.oneOf(1, 10, 20_000));
                            int from = values.between(0, bytes.length);
                            int channel = values.between(0, values.oneOf(1, 7));
                            received.add(channel, bytes, from, bytes.length - from);
                            for (int i = from; i < bytes.length; i++) {
                                expected.add(channel << 8 | (bytes[i] & 0xff));
                            }
                        } else if (!received.isEmpty()) {
                            int most = values.between(1, 30_000);
                            ReceivedBytes.Piece piece = received.take(most);
                            assertThat(piece.bytes()).hasSizeBetween(1, most);
                            for (byte b : piece.bytes()) {
                                assertThat(piece.channel() << 8 | (b & 0xff))
                                        .isEqualTo(expected.remove());
                            }
                        }
                        assertThat(received.size()).isEqualTo(expected.size());
                    }
                });
    }

    /** In a list of arrays, a byte in a frame of its own took 55. */
    @Test
    void aWindowOfSingleBytesTakesAWindow() {
        ReceivedBytes received = new ReceivedBytes();
        for (int i = 0; i < WINDOW; i++) {
            received.add(1, new byte[1], 0, 1);
        }
        assertThat(received.size()).isEqualTo(WINDOW);
        assertThat(received.footprint()).isLessThan(WINDOW + 1024);
    }

    @Test
    void evenAlternatingChannelsTakeThreeTimesTheBytes() {
        ReceivedBytes received = new ReceivedBytes();
        for (int i = 0; i < WINDOW; i++) {
            received.add(1 + i % 2, new byte[1], 0, 1);
        }
        assertThat(received.footprint()).isLessThanOrEqualTo(3 * WINDOW);
        assertThat(received.take(100)).extracting(piece -> piece.bytes().length).isEqualTo(1);
        assertThat(received.clear()).isEqualTo(WINDOW - 1);
        assertThat(received.isEmpty()).isTrue();
    }

    @Test
    void nothingIsTakenFromNothing() {
        ReceivedBytes received = new ReceivedBytes();
        assertThatThrownBy(() -> received.take(1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> received.add(8, new byte[1], 0, 1))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
