package dev.microsandbox.mcp.seam;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.microsandbox.mcp.SeededCases;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Whatever comes over a control connection is a message or refused, however it is cut into pieces
 * on the way, and what is a message has one form only.
 */
class ControlFuzzTest {

    private static final int CASES = 5000;

    /** Messages of which one byte or the length has changed, or another follows. */
    @Test
    void damagedMessages() {
        SeededCases.check(
                CASES,
                values -> {
                    ByteBuffer bytes = ByteBuffer.allocate(1024);
                    for (int left = values.between(1, 4); left > 0; left--) {
                        bytes.put(
                                ControlCodec.encode(values.oneOf(ControlCodecTest.FROM_WORKER))
                                        .flip());
                        bytes.put(
                                ControlCodec.encode(values.oneOf(ControlCodecTest.FROM_FRONT))
                                        .flip());
                    }
                    byte[] sent = new byte[values.between(1, bytes.position())];
                    bytes.flip().get(sent);
                    for (int left = values.between(0, 3); left > 0; left--) {
                        sent[values.between(0, sent.length - 1)] =
                                values.oneOf(
                                        (byte) 0,
                                        (byte) 1,
                                        (byte) -1,
                                        (byte) values.between(0, 255));
                    }
                    anyBytesOfAWorkerAreMessagesOrRefused(sent);
                    anyBytesOfAFrontAreMessagesOrRefused(sent);
                });
    }

    @FuzzTest
    void anyBytesOfAWorkerAreMessagesOrRefused(byte[] bytes) {
        List<ToFront> messages = new ArrayList<>();
        String outcome = receive(ControlChannel.ofFront(new CutChannel(bytes, 4096)), messages);
        ByteBuffer again = ByteBuffer.allocate(bytes.length);
        messages.forEach(message -> again.put(ControlCodec.encode(message).flip()));
        checkForm(bytes, again);
        List<ToFront> inPieces = new ArrayList<>();
        assertThat(receive(ControlChannel.ofFront(new CutChannel(bytes, 1)), inPieces))
                .isEqualTo(outcome);
        assertThat(inPieces).isEqualTo(messages);
    }

    @FuzzTest
    void anyBytesOfAFrontAreMessagesOrRefused(byte[] bytes) {
        List<ToWorker> messages = new ArrayList<>();
        String outcome = receive(ControlChannel.ofWorker(new CutChannel(bytes, 4096)), messages);
        ByteBuffer again = ByteBuffer.allocate(bytes.length);
        messages.forEach(message -> again.put(ControlCodec.encode(message).flip()));
        checkForm(bytes, again);
        List<ToWorker> inPieces = new ArrayList<>();
        assertThat(receive(ControlChannel.ofWorker(new CutChannel(bytes, 1)), inPieces))
                .isEqualTo(outcome);
        assertThat(inPieces).isEqualTo(messages);
    }

    /** Receives all messages. Returns why the last was none. */
    private static <I> String receive(ControlChannel<?, I> channel, List<I> messages) {
        while (true) {
            try {
                messages.add(channel.receive());
            } catch (IOException e) {
                return String.valueOf(e.getMessage());
            }
        }
    }

    private static void checkForm(byte[] bytes, ByteBuffer again) {
        assertThat(again.flip()).isEqualTo(ByteBuffer.wrap(bytes, 0, again.limit()));
    }
}
