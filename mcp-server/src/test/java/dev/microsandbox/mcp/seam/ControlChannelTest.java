package dev.microsandbox.mcp.seam;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class ControlChannelTest {

    private static final int WATCH = 7;
    private static final int CONFIGURE = 65;

    @TempDir Path directory;

    /** What both ends of a socket do. */
    private interface Exchange {
        void run(SocketChannel front, SocketChannel worker) throws Exception;
    }

    private void overSocket(Exchange exchange) throws Exception {
        var address = UnixDomainSocketAddress.of(directory.resolve("s"));
        try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            listener.bind(address);
            try (SocketChannel front = SocketChannel.open(address);
                    SocketChannel worker = listener.accept()) {
                exchange.run(front, worker);
            }
        }
    }

    @Test
    void bothEndsSendAndReceive() throws Exception {
        overSocket(
                (one, other) -> {
                    var front = ControlChannel.ofFront(one);
                    var worker = ControlChannel.ofWorker(other);
                    for (ToWorker message : ControlCodecTest.FROM_FRONT) {
                        front.send(message);
                        assertThat(worker.receive()).isEqualTo(message);
                    }
                    for (ToFront message : ControlCodecTest.FROM_WORKER) {
                        worker.send(message);
                        assertThat(front.receive()).isEqualTo(message);
                    }
                });
    }

    /** A socket's buffer is smaller than the longest configuration. */
    @Test
    void theLongestConfigurationArrives() throws Exception {
        var longest = new ToWorker.Configure("x".repeat(ControlCodec.MOST_FROM_FRONT));
        overSocket(
                (front, worker) -> {
                    Thread sender =
                            Thread.startVirtualThread(
                                    () -> send(ControlChannel.ofFront(front), longest));
                    assertThat(ControlChannel.ofWorker(worker).receive()).isEqualTo(longest);
                    sender.join();
                });
    }

    private static <O> void send(ControlChannel<O, ?> channel, O message) {
        try {
            channel.send(message);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void theMessagesOfSeveralThreadsDoNotMix() throws Exception {
        int threads = 8;
        int each = 200;
        overSocket(
                (front, worker) -> {
                    var sending = ControlChannel.ofWorker(worker);
                    List<Thread> senders = new ArrayList<>();
                    for (int i = 0; i < threads; i++) {
                        var message = new ToFront.Watch(Character.toString('a' + i).repeat(9 + i));
                        senders.add(
                                Thread.ofPlatform()
                                        .start(
                                                () -> {
                                                    for (int n = 0; n < each; n++) {
                                                        send(sending, message);
                                                    }
                                                }));
                    }
                    var receiving = ControlChannel.ofFront(front);
                    for (int i = 0; i < threads * each; i++) {
                        assertThat(((ToFront.Watch) receiving.receive()).keyId())
                                .matches("([a-z])\\1{8,}");
                    }
                    for (Thread sender : senders) {
                        sender.join();
                    }
                });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 7, 4096})
    void messagesMayComeAndGoInPieces(int atOnce) throws IOException {
        var out = new CutChannel(new byte[0], atOnce);
        var sending = ControlChannel.ofWorker(out);
        for (ToFront message : ControlCodecTest.FROM_WORKER) {
            sending.send(message);
        }
        byte[] bytes = new byte[out.out.position()];
        out.out.flip().get(bytes);
        var receiving = ControlChannel.ofFront(new CutChannel(bytes, atOnce));
        for (ToFront message : ControlCodecTest.FROM_WORKER) {
            assertThat(receiving.receive()).isEqualTo(message);
        }
        assertThatThrownBy(receiving::receive).isInstanceOf(EOFException.class);
    }

    @Test
    void anEndIsToldWhereverItComes() throws IOException {
        byte[] whole = ControlCodec.encode(new ToFront.State(1, 2, 3)).array();
        for (int length = 0; length < whole.length; length++) {
            byte[] part = ByteBuffer.allocate(length).put(whole, 0, length).array();
            var channel = ControlChannel.ofFront(new CutChannel(part, 5));
            assertThatThrownBy(channel::receive).isInstanceOf(EOFException.class);
        }
    }

    @Test
    void aClosedEndIsNoticedByTheOther() throws Exception {
        overSocket(
                (front, worker) -> {
                    var closed = ControlChannel.ofWorker(worker);
                    closed.close();
                    assertThatThrownBy(() -> closed.send(new ToFront.Pong(1)))
                            .isInstanceOf(IOException.class);
                    assertThatThrownBy(ControlChannel.ofFront(front)::receive)
                            .isInstanceOf(EOFException.class);
                });
    }

    /** Nothing is allocated for, or read of, a message that is too long. */
    @ParameterizedTest
    @ValueSource(
            ints = {-1, Integer.MIN_VALUE, ControlCodec.MOST_FROM_WORKER + 1, Integer.MAX_VALUE})
    void aWorkersMessageHasABoundedLength(int length) {
        var bytes = new CutChannel(message(WATCH, length, 500), 4096);
        assertThatThrownBy(ControlChannel.ofFront(bytes)::receive)
                .isInstanceOf(IOException.class)
                .hasMessage("a message of " + length + " bytes");
        assertThat(bytes.left()).isEqualTo(500);
    }

    @ParameterizedTest
    @ValueSource(
            ints = {-1, Integer.MIN_VALUE, ControlCodec.MOST_FROM_FRONT + 1, Integer.MAX_VALUE})
    void aFrontsMessageHasABoundedLength(int length) {
        var bytes = new CutChannel(message(CONFIGURE, length, 500), 4096);
        assertThatThrownBy(ControlChannel.ofWorker(bytes)::receive)
                .isInstanceOf(IOException.class)
                .hasMessage("a message of " + length + " bytes");
        assertThat(bytes.left()).isEqualTo(500);
    }

    @Test
    void aWorkersLongestMessageIsOne() throws IOException {
        int length = ControlCodec.MOST_FROM_WORKER;
        var bytes = new CutChannel(message(WATCH, length, length), 4096);
        assertThat(ControlChannel.ofFront(bytes).receive())
                .isEqualTo(new ToFront.Watch("a".repeat(length)));
    }

    private static byte[] message(int type, int length, int sent) {
        return ByteBuffer.allocate(ControlCodec.HEADER_BYTES + sent)
                .putInt(type)
                .putInt(length)
                .put("a".repeat(sent).getBytes(UTF_8))
                .array();
    }
}
