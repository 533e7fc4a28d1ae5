package dev.microsandbox.vmm.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microsandbox.vmm.GuestException;
import dev.microsandbox.vmm.SandboxLostException;
import dev.microsandbox.vmm.SandboxStartException;
import dev.microsandbox.vmm.agent.AgentStream.DataHandler;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class AgentConnectionTest {

    private static final int OUTPUT = 1 << Protocol.CHANNEL_OUTPUT;

    private final FakeMachine machine = new FakeMachine();

    @AfterEach
    void stop() {
        machine.close();
    }

    @Test
    void greetsAndAgreesOnTheVersion() throws Exception {
        connect();
        Frame accept = machine.receive(Protocol.FRAME_ACCEPT);
        assertThat(new PayloadReader(accept.payload()).u16()).isEqualTo(4);
    }

    @Test
    void anAgentOfAnotherTimeIsRefusedWithAnAnswer() throws Exception {
        machine.send(
                0, Protocol.FRAME_HELLO, FakeMachine.helloPayload(Protocol.PROTOCOL_MAGIC, 5, 6));
        assertThatThrownBy(this::connectOnly)
                .isInstanceOf(SandboxStartException.class)
                .hasMessageContaining("versions 5 to 6")
                .hasMessageContaining("msb image build");
        assertThat(machine.awaitStop()).isTrue();
    }

    @Test
    void aStrangerIsRefused() throws Exception {
        machine.send(0, Protocol.FRAME_HELLO, FakeMachine.helloPayload("login:", 2, 2));
        assertThatThrownBy(this::connectOnly)
                .isInstanceOf(SandboxStartException.class)
                .hasMessageContaining("microsandbox-agent");
    }

    @Test
    void aMachineThatDiesWhileStartingSaysWhy() {
        machine.close();
        assertThatThrownBy(this::connectOnly)
                .isInstanceOf(SandboxStartException.class)
                .hasMessageContaining("The fake machine stopped.");
    }

    @Test
    void aSilentAgentTimesOutAndItsMachineIsStopped() throws Exception {
        assertThatThrownBy(() -> AgentConnection.connect(machine, "t", Duration.ofMillis(50)))
                .isInstanceOf(SandboxStartException.class)
                .hasMessageContaining("did not answer");
        assertThat(machine.awaitStop()).isTrue();
    }

    @Test
    void aStatusBecomesAnException() throws Exception {
        AgentConnection connection = connect();
        AgentStream stream =
                connection.open(
                        Protocol.OPERATION_FILE_STAT,
                        new PayloadWriter(),
                        0,
                        AgentStream.UNBOUNDED);
        machine.receive(Protocol.FRAME_OPEN);
        machine.end(stream.id(), GuestException.ENOENT, "/x: no such file");
        assertThatThrownBy(() -> stream.await(DataHandler.NONE, ResultDecoder.NOTHING))
                .isInstanceOfSatisfying(
                        GuestException.class, e -> assertThat(e.status()).isEqualTo(2))
                .hasMessage("/x: no such file");
        assertThat(connection.isLost()).isFalse();
    }

    @Test
    void aDeadMachineEndsEveryStreamAtOnce() throws Exception {
        AgentConnection connection = connect();
        AgentStream one =
                connection.open(
                        Protocol.OPERATION_EXEC,
                        new PayloadWriter(),
                        OUTPUT,
                        AgentStream.UNBOUNDED);
        AgentStream two =
                connection.open(
                        Protocol.OPERATION_EXEC,
                        new PayloadWriter(),
                        OUTPUT,
                        AgentStream.UNBOUNDED);
        machine.close();
        for (AgentStream stream : new AgentStream[] {one, two}) {
            assertThatThrownBy(() -> stream.await(DataHandler.NONE, ResultDecoder.NOTHING))
                    .isInstanceOf(SandboxLostException.class)
                    .hasMessage("The fake machine stopped.");
        }
        AgentStream late =
                connection.open(
                        Protocol.OPERATION_EXEC,
                        new PayloadWriter(),
                        OUTPUT,
                        AgentStream.UNBOUNDED);
        assertThatThrownBy(() -> late.await(DataHandler.NONE, ResultDecoder.NOTHING))
                .isInstanceOf(SandboxLostException.class);
    }

    @Test
    void aResultThatCannotBeDecodedCostsTheMachine() throws Exception {
        AgentConnection connection = connect();
        AgentStream stream =
                connection.open(
                        Protocol.OPERATION_INFO, new PayloadWriter(), 0, AgentStream.UNBOUNDED);
        machine.end(stream.id(), 0, "");
        assertThatThrownBy(() -> stream.await(DataHandler.NONE, Results::info))
                .isInstanceOf(SandboxLostException.class)
                .hasMessageContaining("broke its protocol");
        assertThat(machine.awaitStop()).isTrue();
    }

    /** Every way in which a connected agent can break the protocol. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "data for a stream that was never opened",
                "end for a stream that was never opened",
                "data on a channel that the operation has not",
                "data on channel 255",
                "empty data",
                "data without a channel",
                "more data than the window",
                "credit of zero",
                "credit beyond 2^31",
                "credit that is too short",
                "pong without ping",
                "second hello",
                "open from the agent",
                "end without a message",
                "unknown type",
                "frame too long",
                "reserved bytes",
                "fatal"
            })
    void aBrokenProtocolCostsTheMachineAndNothingElse(String how) throws Exception {
        AgentConnection connection = connect();
        AgentStream stream =
                connection.open(
                        Protocol.OPERATION_EXEC,
                        new PayloadWriter(),
                        OUTPUT,
                        AgentStream.UNBOUNDED);
        int id = stream.id();
        PayloadWriter data = new PayloadWriter();
        switch (how) {
            case "data for a stream that was never opened" ->
                    machine.send(id + 1, Protocol.FRAME_DATA, data.u8(1).u8(1));
            case "end for a stream that was never opened" -> machine.end(99, 0, "");
            case "data on a channel that the operation has not" ->
                    machine.send(id, Protocol.FRAME_DATA, data.u8(Protocol.CHANNEL_RECORDS).u8(1));
            case "data on channel 255" -> machine.send(id, Protocol.FRAME_DATA, data.u8(255).u8(1));
            case "empty data" ->
                    machine.send(id, Protocol.FRAME_DATA, data.u8(Protocol.CHANNEL_OUTPUT));
            case "data without a channel" -> machine.send(id, Protocol.FRAME_DATA, data);
            case "more data than the window" -> {
                ByteArrayOutputStream flood = new ByteArrayOutputStream();
                byte[] chunk = new byte[32_768];
                for (int sent = 0; sent <= Protocol.WINDOW_INITIAL; sent += chunk.length) {
                    flood.write(
                            new PayloadWriter()
                                    .u8(Protocol.CHANNEL_OUTPUT)
                                    .raw(chunk, 0, chunk.length)
                                    .frame(id, Protocol.FRAME_DATA));
                }
                Thread.startVirtualThread(() -> sendQuietly(flood.toByteArray()));
            }
            case "credit of zero" -> machine.send(id, Protocol.FRAME_CREDIT, data.u32(0));
            case "credit beyond 2^31" ->
                    machine.send(id, Protocol.FRAME_CREDIT, data.u32(Integer.MAX_VALUE));
            case "credit that is too short" -> machine.send(id, Protocol.FRAME_CREDIT, data.u16(1));
            case "pong without ping" -> machine.send(0, Protocol.FRAME_PONG, data.u64(1));
            case "second hello" -> machine.hello();
            case "open from the agent" -> machine.send(id, Protocol.FRAME_OPEN, data.u16(2));
            case "end without a message" -> machine.send(id, Protocol.FRAME_END, data.u16(0));
            case "unknown type" -> machine.send(id, 200, data);
            case "frame too long" ->
                    machine.sendRaw(new byte[] {0, 0, 2, 0, 1, 0, 0, 0, 4, 0, 0, 0});
            case "reserved bytes" ->
                    machine.sendRaw(new byte[] {0, 0, 0, 0, 1, 0, 0, 0, 4, 1, 0, 0});
            case "fatal" -> machine.send(0, Protocol.FRAME_FATAL, data.str("no more"));
            default -> throw new IllegalArgumentException(how);
        }
        assertThat(machine.awaitStop()).isTrue();
        assertThatThrownBy(
                        () -> {
                            while (true) {
                                stream.await((channel, bytes) -> {}, ResultDecoder.NOTHING);
                            }
                        })
                .isInstanceOf(SandboxLostException.class)
                .hasMessageContaining("broke its protocol");
    }

    @Test
    void interruptionCancelsAndWaitsForTheEnd() throws Exception {
        AgentConnection connection = connect();
        AgentStream stream =
                connection.open(
                        Protocol.OPERATION_EXEC,
                        new PayloadWriter(),
                        OUTPUT,
                        AgentStream.UNBOUNDED);
        CompletableFuture<String> outcome = new CompletableFuture<>();
        Thread waiter =
                Thread.startVirtualThread(
                        () -> {
                            try {
                                stream.await(DataHandler.NONE, ResultDecoder.NOTHING);
                                outcome.complete("ended");
                            } catch (InterruptedException e) {
                                outcome.complete("interrupted");
                            } catch (IOException | RuntimeException e) {
                                outcome.completeExceptionally(e);
                            }
                        });
        machine.receive(Protocol.FRAME_OPEN);
        waiter.interrupt();
        machine.receive(Protocol.FRAME_CANCEL);
        assertThat(outcome).isNotDone();
        machine.end(stream.id(), GuestException.CANCELLED, "cancelled");
        assertThat(outcome.get(10, TimeUnit.SECONDS)).isEqualTo("interrupted");
        assertThat(connection.isLost()).isFalse();
    }

    @Test
    void aFailingSinkCancelsTheOperation() throws Exception {
        AgentConnection connection = connect();
        AgentStream stream =
                connection.open(
                        Protocol.OPERATION_FILE_READ,
                        new PayloadWriter(),
                        OUTPUT,
                        AgentStream.UNBOUNDED);
        machine.send(
                stream.id(),
                Protocol.FRAME_DATA,
                new PayloadWriter().u8(Protocol.CHANNEL_OUTPUT).u8(1));
        CompletableFuture<Boolean> ended =
                CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return stream.await(
                                        (channel, bytes) -> {
                                            throw new IOException("disk full");
                                        },
                                        ResultDecoder.NOTHING);
                            } catch (IOException | InterruptedException e) {
                                throw new IllegalStateException(e.getMessage(), e);
                            }
                        });
        machine.receive(Protocol.FRAME_CANCEL);
        machine.end(stream.id(), GuestException.CANCELLED, "cancelled");
        assertThatThrownBy(() -> ended.get(10, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("disk full");
    }

    @Test
    void aSenderStopsAtItsCreditAndGoesOnWithMore() throws Exception {
        AgentConnection connection = connect();
        AgentStream stream =
                connection.open(
                        Protocol.OPERATION_FILE_WRITE,
                        new PayloadWriter(),
                        0,
                        AgentStream.UNBOUNDED);
        byte[] content = new byte[Protocol.WINDOW_INITIAL + 1000];
        CompletableFuture<Boolean> sent = new CompletableFuture<>();
        Thread.startVirtualThread(
                () -> {
                    try {
                        sent.complete(
                                stream.send(Protocol.CHANNEL_INPUT, content, 0, content.length));
                    } catch (InterruptedException e) {
                        sent.completeExceptionally(e);
                    }
                });
        int received = 0;
        while (received < Protocol.WINDOW_INITIAL) {
            received += machine.receive(Protocol.FRAME_DATA).payload().length - 1;
        }
        assertThat(received).isEqualTo(Protocol.WINDOW_INITIAL);
        assertThat(sent).isNotDone();
        machine.send(stream.id(), Protocol.FRAME_CREDIT, new PayloadWriter().u32(5000));
        assertThat(machine.receive(Protocol.FRAME_DATA).payload()).hasSize(1001);
        assertThat(sent.get(10, TimeUnit.SECONDS)).isTrue();
        machine.end(stream.id(), GuestException.ENOSPC, "disk full");
        assertThatThrownBy(() -> stream.await(DataHandler.NONE, ResultDecoder.NOTHING))
                .isInstanceOf(GuestException.class);
        assertThat(stream.send(Protocol.CHANNEL_INPUT, content, 0, 1)).isFalse();
    }

    @Test
    void aReaderWhoTakesNothingHoldsUpNoOtherStream() throws Exception {
        AgentConnection connection = connect();
        AgentStream full =
                connection.open(
                        Protocol.OPERATION_EXEC,
                        new PayloadWriter(),
                        OUTPUT,
                        AgentStream.UNBOUNDED);
        byte[] chunk = new byte[32_768];
        for (int sent = 0; sent < Protocol.WINDOW_INITIAL; sent += chunk.length) {
            machine.send(
                    full.id(),
                    Protocol.FRAME_DATA,
                    new PayloadWriter().u8(Protocol.CHANNEL_OUTPUT).raw(chunk, 0, chunk.length));
        }
        AgentStream other =
                connection.open(
                        Protocol.OPERATION_FILE_REMOVE,
                        new PayloadWriter(),
                        0,
                        AgentStream.UNBOUNDED);
        machine.end(other.id(), 0, "");
        assertThat(other.await(DataHandler.NONE, ResultDecoder.NOTHING)).isTrue();

        // The agent gets its credit back once the data is read.
        machine.end(full.id(), 0, "");
        int[] taken = {0};
        full.await((channel, bytes) -> taken[0] += bytes.length, ResultDecoder.NOTHING);
        assertThat(taken[0]).isEqualTo(Protocol.WINDOW_INITIAL);
    }

    @Test
    void argumentsThatFitNoFrameAreRefusedInWords() throws Exception {
        AgentConnection connection = connect();
        PayloadWriter arguments = new PayloadWriter().str("x".repeat(100_000));
        // More often than there are streams, because a refused call must give its stream back.
        for (int i = 0; i <= Protocol.STREAMS_MAX; i++) {
            assertThatThrownBy(
                            () ->
                                    connection.open(
                                            Protocol.OPERATION_EXEC,
                                            arguments,
                                            OUTPUT,
                                            AgentStream.UNBOUNDED))
                    .isInstanceOf(GuestException.class)
                    .hasMessageContaining("longer than 64 KiB");
        }
        assertThat(connection.isLost()).isFalse();
    }

    @Test
    void pingsAreAnswered() throws Exception {
        connect();
        machine.send(0, Protocol.FRAME_PING, new PayloadWriter().u64(42));
        Frame pong = machine.receive(Protocol.FRAME_PONG);
        assertThat(new PayloadReader(pong.payload()).i64()).isEqualTo(42);
    }

    private AgentConnection connect() throws IOException, InterruptedException {
        machine.hello();
        return connectOnly();
    }

    private AgentConnection connectOnly() throws InterruptedException {
        return AgentConnection.connect(machine, "test", Duration.ofSeconds(10));
    }

    private void sendQuietly(byte[] bytes) {
        try {
            machine.sendRaw(bytes);
        } catch (IOException e) {
            // The host closed the connection in the middle of it, which the test expects.
        }
    }
}
