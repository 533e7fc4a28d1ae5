package dev.microsandbox.vmm.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.microsandbox.vmm.Isolation;
import dev.microsandbox.vmm.SandboxException;
import dev.microsandbox.vmm.SeededCases;
import dev.microsandbox.vmm.machine.GuestMachine;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/**
 * Whatever an agent sends after its HELLO, each operation in progress ends, the machine is stopped,
 * and the reason is an error or the end of the agent, never an error of the host.
 */
class AgentConnectionFuzzTest {

    private static final int STREAMS = 3;

    @FuzzTest
    void anyFramesCostTheGuestAlone(byte[] frames) throws Exception {
        assertLostInWords(frames);
    }

    @Test
    void framesOfEverySort() {
        SeededCases.check(1000, values -> assertLostInWords(frames(values)));
    }

    private static byte[] frames(SeededCases.Values values) {
        PayloadWriter stream = new PayloadWriter();
        for (int left = values.between(0, 6); left > 0; left--) {
            byte[] payload = values.bytes(40);
            for (int i = 0; i < Math.min(3, payload.length); i++) {
                payload[i] = (byte) values.between(0, 4);
            }
            byte[] frame =
                    new PayloadWriter()
                            .raw(payload, 0, payload.length)
                            .frame(values.between(0, STREAMS + 1), values.between(1, 15));
            stream.raw(frame, 0, frame.length);
        }
        byte[] framed = stream.frame(0, 0);
        return Arrays.copyOfRange(framed, Protocol.FRAME_HEADER, framed.length);
    }

    private static void assertLostInWords(byte[] frames) throws Exception {
        ScriptedMachine machine = new ScriptedMachine(frames);
        AgentConnection connection =
                AgentConnection.connect(machine, "fuzz", Duration.ofSeconds(10));
        AgentStream[] streams = new AgentStream[STREAMS];
        for (int i = 0; i < STREAMS; i++) {
            streams[i] =
                    connection.open(
                            Protocol.OPERATION_EXEC,
                            new PayloadWriter(),
                            1 << Protocol.CHANNEL_OUTPUT | 1 << Protocol.CHANNEL_RECORDS,
                            AgentStream.UNBOUNDED);
        }
        machine.opened.countDown();
        for (AgentStream stream : streams) {
            try {
                assertThat(stream.await((channel, bytes) -> {}, Results::run)).isNotNull();
            } catch (SandboxException e) {
                assertThat(e.getMessage()).isNotBlank();
            }
        }
        machine.stopped.await();
        assertThat(connection.isLost()).isTrue();
        assertThat(connection.reason()).doesNotContain("internal error").matches("[^\\p{Cc}]+");
    }

    /**
     * A machine whose agent sends HELLO, waits until the host has begun, sends some bytes and ends.
     */
    private static final class ScriptedMachine implements GuestMachine {

        final CountDownLatch opened = new CountDownLatch(1);
        final CountDownLatch stopped = new CountDownLatch(1);
        private final InputStream input;

        ScriptedMachine(byte[] frames) {
            byte[] hello =
                    FakeMachine.helloPayload(
                                    Protocol.PROTOCOL_MAGIC,
                                    Protocol.PROTOCOL_VERSION,
                                    Protocol.PROTOCOL_VERSION)
                            .frame(Protocol.CONNECTION_STREAM, Protocol.FRAME_HELLO);
            input =
                    new SequenceInputStream(
                            new ByteArrayInputStream(hello),
                            new InputStream() {
                                private final InputStream sent = new ByteArrayInputStream(frames);

                                @Override
                                public int read() throws IOException {
                                    await();
                                    return sent.read();
                                }

                                @Override
                                public int read(byte[] into, int offset, int length)
                                        throws IOException {
                                    await();
                                    return sent.read(into, offset, length);
                                }
                            });
        }

        private void await() {
            try {
                opened.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public Isolation isolation() {
            return Isolation.EMULATION;
        }

        @Override
        public String description() {
            return "an imitation";
        }

        @Override
        public InputStream agentInput() {
            return input;
        }

        @Override
        public OutputStream agentOutput() {
            return OutputStream.nullOutputStream();
        }

        @Override
        public String lastWords() {
            return "The machine stopped.";
        }

        @Override
        public void stop() {
            stopped.countDown();
        }
    }
}
