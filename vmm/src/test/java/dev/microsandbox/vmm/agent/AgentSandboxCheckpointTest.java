package dev.microsandbox.vmm.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microsandbox.vmm.CheckpointException;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxEvents;
import dev.microsandbox.vmm.SandboxException;
import dev.microsandbox.vmm.SandboxLostException;
import dev.microsandbox.vmm.machine.GuestMachine;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import jdk.jfr.consumer.RecordedEvent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What happens to the calls and the connection while a sandbox is saved or restored. */
@Timeout(30)
class AgentSandboxCheckpointTest {

    private static final Path PLACE = Path.of("/nowhere");

    /** How long a step takes that is measured: nothing else here takes as much. */
    private static final Duration PACE = Duration.ofMillis(20);

    private static final UUID MACHINE_ID = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");

    private final FakeMachine machine = new FakeMachine();
    private final FakeRestorable restorable = new FakeRestorable(machine);

    @AfterEach
    void stop() {
        machine.close();
    }

    @Test
    void callsGoOnWhileACheckpointWaitsForTheDisk() throws Exception {
        AgentSandbox sandbox = adopt(restorable);
        CompletableFuture<Void> call = removal(sandbox);
        int underWay = machine.receive(Protocol.FRAME_OPEN).stream();
        restorable.whileFinishing =
                () -> {
                    try {
                        machine.end(underWay, 0, "");
                        call.get(10, TimeUnit.SECONDS);
                        CompletableFuture<Void> next = removal(sandbox);
                        machine.end(machine.receive(Protocol.FRAME_OPEN).stream(), 0, "");
                        next.get(10, TimeUnit.SECONDS);
                    } catch (Exception e) {
                        throw new AssertionError(e);
                    }
                };
        CompletableFuture<Long> bytes = async(() -> sandbox.checkpoint(PLACE));
        answerPing();
        assertThat(bytes.get(10, TimeUnit.SECONDS)).isEqualTo(77);
        assertThat(restorable.steps).containsExactly("begin", "take", "finish", "close");
    }

    @Test
    void whoMeasuresHearsOfEachStepWhenItIsDone() throws Exception {
        AgentSandbox sandbox = adopt(restorable);
        restorable.pace = PACE;
        List<RecordedEvent> saves =
                SandboxEvents.during(
                        "test",
                        () -> {
                            CompletableFuture<Long> saved = async(() -> sandbox.checkpoint(PLACE));
                            answerPing(PACE);
                            assertThat(saved.get(10, TimeUnit.SECONDS)).isEqualTo(77);
                        });
        assertThat(restorable.steps).containsExactly("begin", "take", "finish", "close");
        assertThat(SandboxEvents.names(saves)).containsExactly("Checkpoint");
        assertSteps(saves.getFirst(), "open", "hold", "take", "write");
        assertThat(saves.getFirst().getLong("bytes")).isEqualTo(77);

        restorable.steps.clear();
        List<RecordedEvent> restores =
                SandboxEvents.during(
                        "test",
                        () -> {
                            CompletableFuture<Boolean> restored = restore(sandbox);
                            answerPing(PACE);
                            byte[] token = renewal();
                            Thread.sleep(PACE);
                            renewed(token, 0, "");
                            assertThat(restored.get(10, TimeUnit.SECONDS)).isFalse();
                        });
        assertThat(restorable.steps).containsExactly("begin", "pause", "put back", "close");
        assertThat(SandboxEvents.names(restores)).containsExactly("Restore");
        assertSteps(restores.getFirst(), "open", "hold", "pause", "putBack", "renew");
    }

    /** Each has the time of what belongs to it, and nothing is counted twice. */
    private static void assertSteps(RecordedEvent event, String... steps) {
        Duration sum = Duration.ZERO;
        for (String step : steps) {
            assertThat(event.getDuration(step)).as(step).isGreaterThanOrEqualTo(PACE);
            sum = sum.plus(event.getDuration(step));
        }
        // Two clocks: the recorder counts ticks of the processor.
        assertThat(sum).isLessThanOrEqualTo(event.getDuration().plus(PACE.dividedBy(2)));
    }

    @Test
    void whatFailsIsNoEvent() throws Exception {
        AgentSandbox sandbox = adopt(restorable);
        List<RecordedEvent> events =
                SandboxEvents.during(
                        "test",
                        () -> {
                            restorable.failing = "take";
                            CompletableFuture<Long> save = async(() -> sandbox.checkpoint(PLACE));
                            answerPing();
                            assertThatThrownBy(() -> save.get(10, TimeUnit.SECONDS))
                                    .hasMessageContaining("No take.");
                            restorable.failing = "pause";
                            CompletableFuture<Boolean> restore = restore(sandbox);
                            answerPing();
                            assertThatThrownBy(() -> restore.get(10, TimeUnit.SECONDS))
                                    .hasMessageContaining("No pause.");
                        });
        assertThat(events).isEmpty();
    }

    @Test
    void aCheckpointThatFailsLeavesTheSandboxAsItIs() throws Exception {
        AgentSandbox sandbox = adopt(restorable);
        for (String step : new String[] {"begin", "take", "finish"}) {
            restorable.failing = step;
            CompletableFuture<Long> failed = async(() -> sandbox.checkpoint(PLACE));
            if (!step.equals("begin")) {
                answerPing();
            }
            assertThatThrownBy(() -> failed.get(10, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(CheckpointException.class)
                    .hasMessageContaining("No " + step + ".");
            assertWorks(sandbox);
        }
        assertThat(restorable.steps)
                .containsExactly(
                        "begin", "begin", "take", "close", "begin", "take", "finish", "close");
    }

    @Test
    void aSandboxThatIsPutBackKeepsItsIdentityAndForgetsItsCalls() throws Exception {
        AgentSandbox sandbox = adopt(restorable);
        CompletableFuture<Void> undone = removal(sandbox);
        machine.receive(Protocol.FRAME_OPEN);
        CompletableFuture<Boolean> restored = restore(sandbox);
        answerPing();
        byte[] token = renewal();
        assertThatThrownBy(() -> undone.get(10, TimeUnit.SECONDS))
                .cause()
                .isExactlyInstanceOf(SandboxException.class)
                .hasMessageContaining("was put back to a checkpoint");
        assertThat(restored).isNotDone();
        renewed(token, 0, "");
        assertThat(restored.get(10, TimeUnit.SECONDS)).isFalse();
        assertThat(restorable.steps).containsExactly("begin", "pause", "put back", "close");
        assertWorks(sandbox);
    }

    @Test
    void whatCannotBePutBackGoesOnUntilItsCallsAreForgotten() throws Exception {
        AgentSandbox sandbox = adopt(restorable);
        for (String step : new String[] {"begin", "pause"}) {
            restorable.failing = step;
            CompletableFuture<Boolean> failed = restore(sandbox);
            if (!step.equals("begin")) {
                answerPing();
            }
            assertThatThrownBy(() -> failed.get(10, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(CheckpointException.class)
                    .hasMessageContaining("No " + step + ".");
            assertWorks(sandbox);
        }
        restorable.failing = "put back";
        CompletableFuture<Boolean> failed = restore(sandbox);
        answerPing();
        assertThatThrownBy(() -> failed.get(10, TimeUnit.SECONDS))
                .hasCauseInstanceOf(SandboxLostException.class)
                .hasMessageContaining("lost while its machine was put back");
        assertThat(machine.awaitStop()).isTrue();
        assertThat(sandbox.isAlive()).isFalse();
        assertThatExceptionOfType(SandboxLostException.class)
                .isThrownBy(() -> sandbox.checkpoint(PLACE));
    }

    @Test
    void anAgentThatRefusesToBeRenewedIsLost() throws Exception {
        AgentSandbox sandbox = adopt(restorable);
        CompletableFuture<Boolean> failed = restore(sandbox);
        answerPing();
        renewed(renewal(), 22, "no clock");
        assertThatThrownBy(() -> failed.get(10, TimeUnit.SECONDS))
                .hasCauseInstanceOf(SandboxLostException.class)
                .hasMessageContaining("no clock");
        assertThat(machine.awaitStop()).isTrue();
    }

    @Test
    void anInterruptDoesNotLeaveItHalfPutBack() throws Exception {
        AgentSandbox sandbox = adopt(restorable);
        CompletableFuture<Boolean> restored = new CompletableFuture<>();
        Thread thread =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    try {
                                        sandbox.restore(PLACE);
                                        restored.complete(Thread.interrupted());
                                    } catch (Throwable e) {
                                        restored.completeExceptionally(e);
                                    }
                                });
        answerPing();
        byte[] token = renewal();
        thread.interrupt();
        Thread.sleep(100);
        assertThat(restored).isNotDone();
        renewed(token, 0, "");
        assertThat(restored.get(10, TimeUnit.SECONDS)).as("still interrupted").isTrue();
        assertWorks(sandbox);
    }

    @Test
    void aMachineOfAnotherKindSaysSo() throws Exception {
        AgentSandbox sandbox = adopt(machine);
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> sandbox.checkpoint(PLACE))
                .withMessageContaining("its kind of machine cannot (an imitation)");
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> sandbox.restore(PLACE))
                .withMessageContaining("msb doctor");
        assertWorks(sandbox);
    }

    private AgentSandbox adopt(GuestMachine kind) throws Exception {
        CompletableFuture<AgentSandbox> adopted =
                async(
                        () ->
                                AgentSandbox.adopt(
                                        "test",
                                        kind,
                                        SandboxConfig.DEFAULT.withStartTimeout(
                                                Duration.ofSeconds(10)),
                                        new RenewRequest(
                                                "box",
                                                MACHINE_ID,
                                                () -> Instant.EPOCH,
                                                Duration.ofMinutes(2))));
        renewed(renewal(), 0, "");
        return adopted.get(10, TimeUnit.SECONDS);
    }

    private static CompletableFuture<Boolean> restore(AgentSandbox sandbox) {
        return async(
                () -> {
                    sandbox.restore(PLACE);
                    return Thread.currentThread().isInterrupted();
                });
    }

    private static CompletableFuture<Void> removal(AgentSandbox sandbox) {
        return async(
                () -> {
                    sandbox.files().remove("x", false);
                    return null;
                });
    }

    private void assertWorks(AgentSandbox sandbox) throws Exception {
        CompletableFuture<Void> call = removal(sandbox);
        machine.end(machine.receive(Protocol.FRAME_OPEN).stream(), 0, "");
        call.get(10, TimeUnit.SECONDS);
        assertThat(sandbox.isAlive()).isTrue();
    }

    private void answerPing() throws Exception {
        answerPing(Duration.ZERO);
    }

    private void answerPing(Duration delay) throws Exception {
        long token = new PayloadReader(machine.receive(Protocol.FRAME_PING).payload()).i64();
        Thread.sleep(delay);
        machine.send(0, Protocol.FRAME_PONG, new PayloadWriter().u64(token));
    }

    /** Receives this sandbox's RENEW and returns its token. */
    private byte[] renewal() throws IOException {
        PayloadReader renew = new PayloadReader(machine.receive(Protocol.FRAME_RENEW).payload());
        byte[] token = raw(renew, Protocol.TOKEN_SIZE);
        assertThat(renew.i64()).isZero();
        assertThat(renew.str()).isEqualTo("box");
        assertThat(raw(renew, 2)).containsExactly(0x00, 0x11);
        return token;
    }

    private void renewed(byte[] token, int status, String message) throws IOException {
        machine.sendRaw(token);
        machine.send(
                0, Protocol.FRAME_RENEWED, new PayloadWriter().u16(status).str(message).u32(99));
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
