package dev.microsandbox.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.vmm.ExecRequest;
import dev.microsandbox.vmm.FirstOutput;
import dev.microsandbox.vmm.GuestException;
import dev.microsandbox.vmm.GuestProcess;
import dev.microsandbox.vmm.OutputListener;
import dev.microsandbox.vmm.Recorder;
import dev.microsandbox.vmm.RunRequest;
import dev.microsandbox.vmm.RunResult;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxException;
import dev.microsandbox.vmm.TestSandboxes;
import dev.microsandbox.vmm.agent.AgentSandbox;
import dev.microsandbox.vmm.agent.QuiescedConnection;
import dev.microsandbox.vmm.agent.RenewRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/**
 * A guest that is told that it was restored. In fact it just continues, which is the same for its
 * agent.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(300)
class QemuRenewalIT {

    private static final String UNDONE = "The sandbox was rolled back meanwhile.";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private AgentSandbox sandbox;

    @BeforeAll
    void boot() throws Exception {
        sandbox =
                (AgentSandbox)
                        TestSandboxes.qemu().start(SandboxConfig.DEFAULT.withHostName("before"));
    }

    @AfterAll
    void close() {
        if (sandbox != null) {
            sandbox.close();
        }
    }

    @Test
    void whatIsUnderWayEndsAndEverythingElseStays() throws Exception {
        run("python", "kept = 41; import subprocess; p = subprocess.Popen(['sleep', '7654'])");
        shell("echo content > /workspace/file");
        GuestProcess command = sandbox.start(ExecRequest.of("sleep", "4567"));
        CountDownLatch running = new CountDownLatch(1);
        CompletableFuture<?> code =
                async(
                        () ->
                                sandbox.run(
                                        RunRequest.of(
                                                "python",
                                                "print('x', flush=True)\n"
                                                        + "import time; time.sleep(1000)"),
                                        new Recorder() {
                                            @Override
                                            public void stdout(byte[] bytes) {
                                                running.countDown();
                                            }
                                        }));
        assertThat(running.await(30, TimeUnit.SECONDS)).isTrue();

        renew(RenewRequest.of(SandboxConfig.DEFAULT.withHostName("before")));

        assertThatThrownBy(() -> code.get(10, TimeUnit.SECONDS)).hasMessageContaining(UNDONE);
        assertThatThrownBy(() -> command.await(OutputListener.DISCARD))
                .isExactlyInstanceOf(SandboxException.class)
                .hasMessage(UNDONE);
        // They belong to no operation any more, and must not affect later ones.
        command.signal(9);
        command.stdin().close();
        assertThat(run("python", "kept + 1")).isEqualTo("42");
        assertThat(shell("cat /workspace/file")).isEqualTo("content\n");
        assertThat(shell("pgrep -fx 'sleep 4567' || echo none")).isEqualTo("none\n");
        assertThat(shell("pgrep -cfx 'sleep 7654'")).isEqualTo("1\n");
        run("python", "p.kill(); p.wait()");
    }

    @Test
    void clockAndNamesAreThoseOfTheRequest() throws Exception {
        String before = shell("cat /etc/machine-id");
        assertThat(before).matches("[0-9a-f]{32}\n");
        run("shell", "cd /tmp");
        UUID id = UUID.randomUUID();
        Instant odd = Instant.parse("2001-09-09T01:46:40.123456789Z");

        renew(new RenewRequest("after-1", id, () -> odd, PATIENCE));

        assertThat(shell("cat /etc/machine-id")).isEqualTo(id.toString().replace("-", "") + "\n");
        assertThat(shell("date -u +%Y-%m-%d")).isEqualTo("2001-09-09\n");
        assertThat(shell("hostname; cat /etc/hostname")).isEqualTo("after-1\nafter-1\n");
        assertThat(run("shell", "echo $HOSTNAME $PWD")).isEqualTo("after-1 /tmp\n");

        renew(RenewRequest.of(SandboxConfig.DEFAULT.withHostName("before")));

        Instant asked = Instant.now();
        Instant told = sandbox.info().clock();
        assertThat(told).isBetween(asked.minusSeconds(5), Instant.now().plusSeconds(5));
        assertThat(shell("hostname")).isEqualTo("before\n");
        assertThat(shell("cat /etc/machine-id")).isNotEqualTo(before);
    }

    @Test
    void whatNoFileCanHoldIsNoReasonToFail() throws Exception {
        shell("sudo rm /etc/machine-id /etc/hostname; sudo mkdir /etc/machine-id");
        try {
            renew(RenewRequest.of(SandboxConfig.DEFAULT.withHostName("nameless")));
            assertThat(shell("hostname")).isEqualTo("nameless\n");
        } finally {
            shell("sudo rmdir /etc/machine-id; sudo touch /etc/machine-id /etc/hostname");
        }
    }

    @Test
    void seededGeneratorsOfPythonStartAnew() throws Exception {
        String seed =
                "import random, numpy, tempfile; random.seed(7); numpy.random.seed(7);"
                        + " own = random.Random(7)\n";
        String draw = "print([random.random(), numpy.random.random(), own.random()])";
        String[] expected = numbers(run("python", seed + draw));
        run("python", seed);

        renew(RenewRequest.of(SandboxConfig.DEFAULT.withHostName("before")));

        String[] drawn = numbers(run("python", draw));
        assertThat(drawn[0]).isNotEqualTo(expected[0]);
        assertThat(drawn[1]).isNotEqualTo(expected[1]);
        assertThat(drawn[2]).as("a generator of the user's").isEqualTo(expected[2]);
    }

    @Test
    void seededRandomOfTheShellStartsAnew() throws Exception {
        String draw = "echo $RANDOM $RANDOM $RANDOM $RANDOM";
        String expected = run("shell", "RANDOM=7; " + draw);
        assertThat(run("shell", "RANDOM=7; " + draw)).isEqualTo(expected);
        run("shell", "RANDOM=7");

        renew(RenewRequest.of(SandboxConfig.DEFAULT.withHostName("before")));

        assertThat(run("shell", draw)).isNotEqualTo(expected);
    }

    @Test
    void javascriptKeepsItsStateAndItsRandomNumbersWork() throws Exception {
        run("javascript", "let kept = 41; crypto.randomUUID(); crypto.randomInt(10)");

        renew(RenewRequest.of(SandboxConfig.DEFAULT.withHostName("before")));

        assertThat(run("javascript", "kept + 1")).isEqualTo("42");
        assertThat(
                        run(
                                "javascript",
                                "const n = Array.from({length: 1e4}, Math.random);"
                                        + " console.log(new Set(n).size,"
                                        + " n.every((x) => x >= 0 && x < 1),"
                                        + " Math.abs(n.reduce((a, b) => a + b) / 1e4 - 0.5) < 0.05,"
                                        + " crypto.randomUUID().length, Math.random.name)"))
                .isEqualTo("10000 true true 36 random\n");
    }

    @Test
    void anInterpreterThatCannotBeInterruptedHoldsNothingUpForLong() throws Exception {
        run("python", "stubborn = True");
        CountDownLatch running = new CountDownLatch(1);
        CompletableFuture<?> code =
                async(
                        () ->
                                sandbox.run(
                                        RunRequest.of(
                                                "python",
                                                "import signal, time\n"
                                                        + "signal.signal(2, signal.SIG_IGN)\n"
                                                        + "print('x', flush=True)\n"
                                                        + "time.sleep(1000)"),
                                        new Recorder() {
                                            @Override
                                            public void stdout(byte[] bytes) {
                                                running.countDown();
                                            }
                                        }));
        assertThat(running.await(30, TimeUnit.SECONDS)).isTrue();
        long start = System.nanoTime();

        renew(RenewRequest.of(SandboxConfig.DEFAULT.withHostName("before")));

        assertThatThrownBy(() -> code.get(10, TimeUnit.SECONDS)).hasMessageContaining(UNDONE);
        Recorder output = new Recorder();
        RunResult result =
                sandbox.run(RunRequest.of("python", "print('stubborn' in globals())"), output);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(60));
        assertThat(result.started()).isTrue();
        assertThat(output.out()).isEqualTo("False\n");
    }

    @Test
    void aSignalHandlerThatRaisesWhileAnInterpreterRenewsItselfEndsNothing() throws Exception {
        run(
                "python",
                """
                import os, random, signal
                class Signalling(random.Random):
                    def seed(self, *arguments):
                        os.kill(os.getpid(), signal.SIGUSR1)
                        super().seed(*arguments)
                handled = 0
                def handle(*_):
                    global handled
                    handled += 1
                    raise SystemExit(99)
                signal.signal(signal.SIGUSR1, signal.SIG_IGN)
                random._inst = Signalling(7)
                signal.signal(signal.SIGUSR1, handle)
                expected = random.Random(7).random()
                """);

        renew(RenewRequest.of(SandboxConfig.DEFAULT.withHostName("before")));

        assertThat(run("python", "print(handled, signal.getsignal(signal.SIGUSR1) is handle)"))
                .isEqualTo("1 True\n");
        assertThat(run("python", "print(random._inst.random() == expected)")).isEqualTo("False\n");
    }

    @Test
    void aStoppedInterpreterIsWaitedForAndRenewsItselfBeforeTheNextCell() throws Exception {
        String seed = "import os, random; random.seed(7); ";
        String expected = run("python", seed + "print(random.random())");
        String pid = run("python", seed + "print(os.getpid())").strip();
        run("python", "kept = 41");
        shell("kill -STOP " + pid);

        renew(RenewRequest.of(SandboxConfig.DEFAULT.withHostName("before")));

        // Nothing else waits for the child process.
        assertThat(shell("echo here")).isEqualTo("here\n");
        assertThat(run("shell", "echo here")).isEqualTo("here\n");
        CompletableFuture<String> waiting = async(() -> run("python", "print(random.random())"));
        // It returns while the agent waits for it, after longer than a busy host may take.
        assertThatThrownBy(() -> waiting.get(7, TimeUnit.SECONDS))
                .isInstanceOf(TimeoutException.class);
        shell("kill -CONT " + pid);
        assertThat(waiting.get(60, TimeUnit.SECONDS)).isNotEqualTo(expected);
        assertThat(run("python", "print(kept + 1)")).isEqualTo("42\n");
    }

    @Test
    void anInterpreterThatEndsBeforeItHasTheCodeIsReplaced() throws Exception {
        String pid = run("python", "import os; print(os.getpid())").strip();
        shell("kill -STOP " + pid);
        renew(RenewRequest.of(SandboxConfig.DEFAULT.withHostName("before")));
        Recorder output = new Recorder();
        CompletableFuture<RunResult> waiting =
                async(() -> sandbox.run(RunRequest.of("python", "print(6 * 7)"), output));
        assertThatThrownBy(() -> waiting.get(1, TimeUnit.SECONDS))
                .isInstanceOf(TimeoutException.class);

        shell("kill -KILL " + pid);

        RunResult result = waiting.get(60, TimeUnit.SECONDS);
        assertThat(output.out()).isEqualTo("42\n");
        assertThat(result.started()).isTrue();
        assertThat(result.outcome()).isEqualTo(RunResult.Outcome.FINISHED);
    }

    @Test
    void anInterpreterThatIsStartingRenewsItselfWhenItHas() throws Exception {
        sandbox.reset("python");
        CompletableFuture<?> undone = async(() -> run("python", "raise SystemError"));
        await().pollInterval(Duration.ofMillis(50)).atMost(PATIENCE).until(this::pythonIsThere);

        renew(RenewRequest.of(SandboxConfig.DEFAULT.withHostName("before")));

        assertThatThrownBy(() -> undone.get(10, TimeUnit.SECONDS)).hasMessageContaining(UNDONE);
        Recorder output = new Recorder();
        RunResult result = sandbox.run(RunRequest.of("python", "1 + 1"), output);
        assertThat(output.result()).isEqualTo("2");
        assertThat(result.started()).as("no code ran in it before").isTrue();
    }

    /** Whether Python's process exists. It becomes ready seconds later. */
    private boolean pythonIsThere() throws InterruptedException {
        return sandbox.infoNow().languages().stream()
                .anyMatch(language -> language.name().equals("python") && language.running());
    }

    @Test
    void aHoldAloneChangesNothing() throws Exception {
        GuestProcess command = sandbox.start(ExecRequest.of("cat"));
        try (QuiescedConnection _ = sandbox.quiesce(PATIENCE)) {
            CompletableFuture<String> waiting = async(() -> shell("echo later"));
            Thread.sleep(300);
            assertThat(waiting).isNotDone();
        }
        command.stdin().write("through\n".getBytes(StandardCharsets.UTF_8));
        command.stdin().close();
        Recorder output = new Recorder();
        assertThat(command.await(output).isSuccess()).isTrue();
        assertThat(output.out()).isEqualTo("through\n");
    }

    @Test
    void manyRenewalsAmidFloodsLoseNothing() throws Exception {
        run("python", "count = 0");
        for (int i = 0; i < 20; i++) {
            FirstOutput flooding = new FirstOutput();
            CompletableFuture<?> flood =
                    async(
                            () ->
                                    sandbox.exec(
                                            ExecRequest.of("sh", "-c", "exec yes flood"),
                                            flooding));
            flooding.await();
            renew(RenewRequest.of(SandboxConfig.DEFAULT.withHostName("flood-" + i)));
            assertThatThrownBy(() -> flood.get(10, TimeUnit.SECONDS)).hasMessageContaining(UNDONE);
            assertThat(run("python", "count += 1; print(count)")).isEqualTo(i + 1 + "\n");
        }
        assertThat(shell("pgrep -c yes || true")).isEqualTo("0\n");
    }

    @Test
    void aWarmedInterpreterIsAsNew() throws Exception {
        sandbox.reset("");
        sandbox.warm("python", List.of("numpy", "pandas", "matplotlib.pyplot", "no_such_module"));
        sandbox.warm("javascript", List.of("fs", "no-such-module"));
        sandbox.warm("shell", List.of());
        assertThat(sandbox.variables("python")).isEmpty();

        Recorder output = new Recorder();
        RunResult result =
                sandbox.run(
                        RunRequest.of(
                                "python",
                                "import sys\n"
                                        + "print([m in sys.modules for m in"
                                        + " ('numpy', 'pandas', 'matplotlib.pyplot')])\n"
                                        + "print(In, Out, get_ipython().execution_count)\n"
                                        + "print([n for n in dir() if not n.startswith('_')])\n"
                                        + "_"),
                        output);

        assertThat(result.started()).isFalse();
        assertThat(output.err()).isEmpty();
        assertThat(output.out().lines().toList()).element(0).isEqualTo("[True, True, True]");
        assertThat(output.out()).contains("{} 1\n");
        assertThat(output.out()).doesNotContain("numpy as").doesNotContain("'np'");
        assertThat(output.result()).isEqualTo("''");
        Recorder error = new Recorder();
        sandbox.run(RunRequest.of("python", "1/0"), error);
        assertThat(error.err()).contains("2").contains("line 1");
        Recorder js = new Recorder();
        assertThat(sandbox.run(RunRequest.of("javascript", "1 + 1"), js).started()).isFalse();
        Recorder sh = new Recorder();
        assertThat(sandbox.run(RunRequest.of("shell", "echo $?"), sh).started()).isFalse();
        assertThat(sh.out()).isEqualTo("0\n");
    }

    @Test
    void aLanguageThatIsNoneCannotBeWarmed() {
        assertThatThrownBy(() -> sandbox.warm("cobol", List.of()))
                .isInstanceOfSatisfying(
                        GuestException.class,
                        e -> assertThat(e.status()).isEqualTo(GuestException.UNKNOWN_LANGUAGE));
    }

    private void renew(RenewRequest request) throws InterruptedException {
        try (QuiescedConnection hold = sandbox.quiesce(PATIENCE)) {
            hold.forget(UNDONE);
            hold.renew(request, PATIENCE);
        }
    }

    /** Runs code, and returns its output or its value. */
    private String run(String language, String code) throws InterruptedException {
        Recorder output = new Recorder();
        RunResult result = sandbox.run(RunRequest.of(language, code), output);
        assertThat(result.outcome()).as(output.err()).isEqualTo(RunResult.Outcome.FINISHED);
        return output.out().isEmpty() ? output.result() : output.out();
    }

    private String shell(String command) throws InterruptedException {
        Recorder output = new Recorder();
        sandbox.exec(ExecRequest.of("bash", "-c", command), output);
        assertThat(output.err()).isEmpty();
        return output.out();
    }

    private static String[] numbers(String list) {
        return list.replaceAll("[\\[\\]\\s]", "").split(",", -1);
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
