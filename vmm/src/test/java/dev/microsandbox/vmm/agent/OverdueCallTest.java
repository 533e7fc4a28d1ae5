package dev.microsandbox.vmm.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.microsandbox.vmm.ExecRequest;
import dev.microsandbox.vmm.OutputListener;
import dev.microsandbox.vmm.RunRequest;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxException;
import dev.microsandbox.vmm.SandboxFiles;
import dev.microsandbox.vmm.agent.stream.CallDeadline;
import dev.microsandbox.vmm.agent.stream.Patience;
import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A call ends at its time-out although the agent, which was told it, does not end the call. */
@Timeout(30)
class OverdueCallTest {

    private static final Duration TIMEOUT = Duration.ofMillis(50);

    private static final Patience PATIENCE =
            new Patience(Duration.ofMillis(50), Duration.ofMillis(50), Duration.ofMillis(200));

    private static final SandboxConfig CONFIG =
            SandboxConfig.DEFAULT
                    .withStartTimeout(Duration.ofSeconds(10))
                    .withInterpreterTimeout(Duration.ofSeconds(1));

    @ParameterizedTest
    @EnumSource(
            value = Attack.class,
            names = {"SILENCE", "ENDLESS_BYTES", "ENDLESS_DATA", "UNFINISHED_RECORD"})
    void everyCallWithATimeLimitEnds(Attack attack) throws Exception {
        Map<String, LyingAgentCheck.Call> calls = new LinkedHashMap<>();
        RunRequest code = RunRequest.of("python", "1").withTimeout(TIMEOUT);
        ExecRequest command = ExecRequest.of("x").withTimeout(TIMEOUT);
        calls.put("run", s -> s.run(code, LyingAgentCheck.LISTENER));
        calls.put(
                "run with much input",
                s -> s.run(code.withStdin(new byte[1 << 20]), LyingAgentCheck.LISTENER));
        calls.put("exec", s -> s.exec(command, OutputListener.DISCARD));
        calls.put(
                "exec with much input",
                s -> s.exec(command.withStdin(new byte[1 << 20]), OutputListener.DISCARD));
        calls.put("variables", s -> s.variables("python"));
        calls.put("list", s -> s.files().list("/", 1, 1000));
        calls.put("stat", s -> s.files().stat("/", true));
        calls.put("info", s -> s.info());
        Map<String, CompletableFuture<Throwable>> outcomes = new LinkedHashMap<>();
        calls.forEach(
                (name, call) ->
                        outcomes.put(
                                name,
                                CompletableFuture.supplyAsync(
                                        () -> catchThrowable(() -> make(attack, call)),
                                        Thread::startVirtualThread)));
        for (Map.Entry<String, CompletableFuture<Throwable>> outcome : outcomes.entrySet()) {
            assertThat(outcome.getValue().get(20, TimeUnit.SECONDS))
                    .as(outcome.getKey())
                    .isInstanceOf(SandboxException.class);
        }
    }

    @Test
    void aCallWithoutAnEndSaysSo() {
        assertThatThrownBy(() -> make(Attack.SILENCE, s -> s.files().stat("/", true)))
                .hasMessage(CallDeadline.OVERDUE);
    }

    @ParameterizedTest
    @EnumSource(
            value = Attack.class,
            names = {"SILENCE", "UNFINISHED_RECORD"})
    void aFileThatDoesNotMoveIsNotWaitedFor(Attack attack) {
        assertThatThrownBy(
                        () ->
                                make(
                                        attack,
                                        s ->
                                                s.files()
                                                        .read(
                                                                "x",
                                                                0,
                                                                SandboxFiles.TO_END,
                                                                OutputStream.nullOutputStream())))
                .isInstanceOf(SandboxException.class);
        assertThatThrownBy(
                        () ->
                                make(
                                        attack,
                                        s ->
                                                s.files()
                                                        .write(
                                                                "x",
                                                                new ByteArrayInputStream(
                                                                        new byte[1 << 20]),
                                                                SandboxFiles.WriteOptions.REPLACE)))
                .isInstanceOf(SandboxException.class);
    }

    @Test
    void anHonestAgentThatSendsMuchIsNotOverdue() throws Exception {
        Object value =
                make(
                        Attack.MOST,
                        s ->
                                s.files()
                                        .read(
                                                "x",
                                                0,
                                                SandboxFiles.TO_END,
                                                OutputStream.nullOutputStream()));
        assertThat(value).isNotNull();
    }

    private static @Nullable Object make(Attack attack, LyingAgentCheck.Call call)
            throws Exception {
        FakeMachine machine = new FakeMachine();
        HostileAgent agent = new HostileAgent(machine, attack);
        agent.start();
        try (AgentSandbox sandbox = AgentSandbox.connect("s", machine, CONFIG, PATIENCE)) {
            agent.arm();
            return call.make(sandbox);
        }
    }
}
