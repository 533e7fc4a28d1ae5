package dev.microsandbox.vmm.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxException;
import dev.microsandbox.vmm.SandboxLostException;
import dev.microsandbox.vmm.SandboxStartException;
import dev.microsandbox.vmm.agent.AgentStream.DataHandler;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Machines that were started from a snapshot or restored in place. The test itself plays the agent.
 */
@Timeout(30)
class RenewalTest {

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final RenewRequest REQUEST =
            new RenewRequest(
                    "box",
                    UUID.fromString("00112233-4455-6677-8899-aabbccddeeff"),
                    () -> Instant.ofEpochSecond(3, 4),
                    Duration.ofMillis(345_678));

    private final FakeMachine machine = new FakeMachine();

    @AfterEach
    void stop() {
        machine.close();
    }

    @Test
    void aRestoredMachineIsTakenOver() throws Exception {
        CompletableFuture<AgentSandbox> adopted = adopt(PATIENCE);
        PayloadReader renew = new PayloadReader(machine.receive(Protocol.FRAME_RENEW).payload());
        byte[] token = raw(renew, Protocol.TOKEN_SIZE);
        assertThat(renew.i64()).isEqualTo(3_000_000_004L);
        assertThat(renew.str()).isEqualTo("box");
        assertThat(raw(renew, 16))
                .containsExactly(
                        0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb,
                        0xcc, 0xdd, 0xee, 0xff);
        assertThat(renew.bytes()).hasSizeBetween(64, 512);
        assertThat(renew.u31()).isEqualTo(345_678);
        renew.finish();

        // The end of a frame whose beginning the former host has read, and complete frames for that
        // host.
        machine.sendRaw(new byte[1000]);
        machine.end(7, 0, "of another time");
        machine.sendRaw(token);
        assertThat(adopted).isNotDone();
        renewed(0, "", 41);

        AgentSandbox sandbox = adopted.get(10, TimeUnit.SECONDS);
        assertThat(sandbox.isAlive()).isTrue();
        CompletableFuture<?> call =
                async(
                        () -> {
                            sandbox.files().remove("x", false);
                            return null;
                        });
        Frame open = machine.receive(Protocol.FRAME_OPEN);
        assertThat(open.stream()).isEqualTo(42);
        machine.end(42, 0, "");
        call.get(10, TimeUnit.SECONDS);
    }

    @Test
    void aMachineThatNeverAnswersIsGivenUp() throws Exception {
        CompletableFuture<AgentSandbox> adopted = adopt(Duration.ofMillis(200));
        assertThatThrownBy(() -> adopted.get(10, TimeUnit.SECONDS))
                .hasCauseInstanceOf(SandboxStartException.class)
                .hasMessageContaining("did not answer within");
        assertThat(machine.awaitStop()).isTrue();
    }

    @Test
    void aMachineThatReadsNothingIsGivenUp() throws Exception {
        AgentConnection connection = connect();
        AgentStream stream =
                connection.open(
                        Protocol.OPERATION_FILE_WRITE,
                        new PayloadWriter(),
                        0,
                        AgentStream.UNBOUNDED);
        CompletableFuture<Boolean> flood =
                async(() -> stream.send(Protocol.CHANNEL_INPUT, new byte[262_144], 0, 262_144));
        assertThatThrownBy(() -> connection.hold(Duration.ofMillis(200)))
                .isExactlyInstanceOf(SandboxException.class)
                .hasMessageContaining("try again");
        machine.close();
        assertThat(flood.get(10, TimeUnit.SECONDS)).isNotNull();
    }

    @Test
    void aMachineThatFloodsInsteadOfAnsweringIsGivenUp() throws Exception {
        CompletableFuture<AgentSandbox> adopted = adopt(PATIENCE);
        machine.receive(Protocol.FRAME_RENEW);
        Thread.startVirtualThread(
                () -> {
                    try {
                        while (true) {
                            machine.sendRaw(new byte[65_536]);
                        }
                    } catch (IOException e) {
                        // The host has closed the connection.
                    }
                });
        assertThatThrownBy(() -> adopted.get(10, TimeUnit.SECONDS))
                .hasCauseInstanceOf(SandboxStartException.class)
                .hasMessageContaining("without an answer to RENEW");
    }

    @Test
    void aRefusalSaysWhy() throws Exception {
        CompletableFuture<AgentSandbox> adopted = adopt(PATIENCE);
        machine.sendRaw(token());
        renewed(22, "cannot set the clock: Invalid argument", 0);
        assertThatThrownBy(() -> adopted.get(10, TimeUnit.SECONDS))
                .hasCauseInstanceOf(SandboxStartException.class)
                .hasMessageContaining("cannot set the clock");
        assertThat(machine.awaitStop()).isTrue();
    }

    @Test
    void anAnswerThatWasNotAskedForIsAnError() throws Exception {
        AgentConnection connection = connect();
        renewed(0, "", 0);
        assertThat(machine.awaitStop()).isTrue();
        assertThat(connection.isLost()).isTrue();
    }

    @Test
    void callsAreUndoneByARollbackAndLaterOnesWork() throws Exception {
        AgentConnection connection = connect();
        AgentStream undone =
                connection.open(
                        Protocol.OPERATION_EXEC, new PayloadWriter(), 2, AgentStream.UNBOUNDED);
        machine.receive(Protocol.FRAME_OPEN);
        try (QuiescedConnection hold = hold(connection)) {
            hold.forget("put back");
            assertThatThrownBy(() -> undone.await(DataHandler.NONE, ResultDecoder.NOTHING))
                    .isExactlyInstanceOf(SandboxException.class)
                    .hasMessage("put back");
            // What the agent sent before the restore, and half of a frame.
            machine.end(undone.id(), 0, "");
            machine.sendRaw(new byte[] {9, 0, 0, 0, 1});
            CompletableFuture<Void> renewed =
                    async(
                            () -> {
                                hold.renew(REQUEST, PATIENCE);
                                return null;
                            });
            machine.sendRaw(token());
            renewed(0, "", 0);
            renewed.get(10, TimeUnit.SECONDS);
        }
        // Nothing of the old stream reaches the agent, which does not know that stream.
        undone.signal(9);
        undone.sendEof(Protocol.CHANNEL_INPUT);
        undone.cancel();
        AgentStream next =
                connection.open(
                        Protocol.OPERATION_EXEC, new PayloadWriter(), 2, AgentStream.UNBOUNDED);
        Frame frame = machine.receive();
        assertThat(frame).isNotNull();
        assertThat(frame.type()).isEqualTo(Protocol.FRAME_OPEN);
        assertThat(frame.stream()).isEqualTo(next.id()).isGreaterThan(undone.id());
        assertThat(connection.isLost()).isFalse();
    }

    @Test
    void whileItIsHeldNothingIsWritten() throws Exception {
        AgentConnection connection = connect();
        CompletableFuture<AgentStream> waiting;
        try (QuiescedConnection _ = hold(connection)) {
            waiting =
                    async(
                            () ->
                                    connection.open(
                                            Protocol.OPERATION_INFO,
                                            new PayloadWriter(),
                                            0,
                                            AgentStream.UNBOUNDED));
            Thread.sleep(100);
            assertThat(waiting).isNotDone();
        }
        waiting.get(10, TimeUnit.SECONDS);
        machine.receive(Protocol.FRAME_OPEN);
    }

    @Test
    void aRollbackThatIsNotFinishedCostsTheMachine() throws Exception {
        AgentConnection connection = connect();
        try (QuiescedConnection hold = hold(connection)) {
            hold.forget("put back");
        }
        assertThat(machine.awaitStop()).isTrue();
        assertThat(connection.isLost()).isTrue();
    }

    @Test
    void aDeadMachineCannotBeHeldOrRenewed() throws Exception {
        AgentConnection connection = connect();
        try (QuiescedConnection hold = hold(connection)) {
            hold.forget("put back");
            machine.close();
            assertThatThrownBy(() -> hold.renew(REQUEST, PATIENCE))
                    .isInstanceOf(SandboxLostException.class)
                    .hasMessage("The fake machine stopped.");
        }
        assertThatThrownBy(() -> connection.hold(PATIENCE))
                .isInstanceOf(SandboxLostException.class);
    }

    private CompletableFuture<AgentSandbox> adopt(Duration timeout) {
        return async(
                () ->
                        AgentSandbox.adopt(
                                "test",
                                machine,
                                SandboxConfig.DEFAULT.withStartTimeout(timeout),
                                REQUEST));
    }

    private AgentConnection connect() throws IOException, InterruptedException {
        machine.hello();
        AgentConnection connection = AgentConnection.connect(machine, "test", PATIENCE);
        machine.receive(Protocol.FRAME_ACCEPT);
        return connection;
    }

    /** Quiesces the connection. The agent reads everything that was sent. */
    private QuiescedConnection hold(AgentConnection connection) throws Exception {
        CompletableFuture<QuiescedConnection> held =
                async(
                        () -> {
                            connection.hold(PATIENCE);
                            return new QuiescedConnection(connection);
                        });
        long token = new PayloadReader(machine.receive(Protocol.FRAME_PING).payload()).i64();
        assertThat(held).isNotDone();
        machine.send(0, Protocol.FRAME_PONG, new PayloadWriter().u64(token));
        return held.get(10, TimeUnit.SECONDS);
    }

    private byte[] token() throws IOException {
        return raw(
                new PayloadReader(machine.receive(Protocol.FRAME_RENEW).payload()),
                Protocol.TOKEN_SIZE);
    }

    private void renewed(int status, String message, int lastId) throws IOException {
        machine.send(
                0,
                Protocol.FRAME_RENEWED,
                new PayloadWriter().u16(status).str(message).u32(lastId));
    }

    private static byte[] raw(PayloadReader payload, int length) throws ProtocolException {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) payload.u8();
        }
        return bytes;
    }

    private static <T> CompletableFuture<T> async(Callable<T> call) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return call.call();
                    } catch (Exception e) {
                        throw new CompletionException(e.getMessage(), e);
                    }
                },
                task -> Thread.ofVirtual().start(task));
    }
}
