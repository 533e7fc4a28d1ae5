package dev.microsandbox.vmm;

import static dev.microsandbox.vmm.ContractSandbox.assertGuestError;
import static dev.microsandbox.vmm.ContractSandbox.interrupt;
import static dev.microsandbox.vmm.ContractSandbox.randomBytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microsandbox.vmm.KernelBudget.Work;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Running commands: their streams, environment, time-outs and signals. */
interface CommandContract extends ContractSandbox {

    @Test
    @Work(value = 10, essential = true)
    default void aCommandsStreamsAndExitCodeAreKeptApart() throws Exception {
        Recorder output = new Recorder();
        Exit exit = bash("echo out; echo err >&2; exit 3", output);
        assertThat(output.out()).isEqualTo("out\n");
        assertThat(output.err()).isEqualTo("err\n");
        assertThat(exit.kind()).isEqualTo(Exit.Kind.EXITED);
        assertThat(exit.code()).isEqualTo(3);
        assertThat(exit.stdoutBytes()).isEqualTo(4);
        assertThat(exit.stderrBytes()).isEqualTo(4);
        assertThat(exit.wallTime()).isPositive();
    }

    @Test
    @Work(7)
    default void aSignalIsReported() throws Exception {
        Exit exit = bash("kill -SEGV $$", new Recorder());
        assertThat(exit.kind()).isEqualTo(Exit.Kind.SIGNALED);
        assertThat(exit.code()).isEqualTo(11);
    }

    @Test
    @Work(65)
    default void commandsHaveTheirSurroundings() throws Exception {
        Recorder output = new Recorder();
        sandbox()
                .exec(
                        ExecRequest.of(
                                        "bash",
                                        "-c",
                                        "id -un; pwd; hostname; echo $HOME $GREETING; umask")
                                .withEnvironment(Map.of("GREETING", "hi there"))
                                .withDirectory("/tmp"),
                        output);
        assertThat(output.out()).isEqualTo("sandbox\n/tmp\ncontract\n/workspace hi there\n0022\n");

        sandbox().files().makeDirectory("/workspace/sub", true);
        Recorder relative = new Recorder();
        sandbox().exec(ExecRequest.of("pwd").withDirectory("sub"), relative);
        assertThat(relative.out()).isEqualTo("/workspace/sub\n");

        Recorder root = new Recorder();
        sandbox().exec(ExecRequest.of("id", "-u").withUser(ExecRequest.User.ROOT), root);
        assertThat(root.out()).isEqualTo("0\n");

        Recorder sudo = new Recorder();
        sandbox().exec(ExecRequest.of("sudo", "id", "-u"), sudo);
        assertThat(sudo.out()).as(sudo.err()).isEqualTo("0\n");
    }

    @Test
    @Work(40)
    default void aClosedHomeKeepsNoCommandFromRunning() throws Exception {
        bash("chmod 0 /workspace", new Recorder());
        Recorder output = new Recorder();
        bash("pwd; chmod 755 /workspace", output);
        assertThat(output.out()).isEqualTo("/\n");
        assertThat(output.err()).contains("/workspace: Permission denied");
        Recorder afterwards = new Recorder();
        bash("pwd", afterwards);
        assertThat(afterwards.out()).isEqualTo("/workspace\n");
        assertThat(afterwards.err()).isEmpty();
    }

    @Test
    @Work(12)
    default void theClockIsRight() throws Exception {
        Recorder output = new Recorder();
        long before = now();
        bash("date +%s", output);
        long guest = Long.parseLong(output.out().strip());
        assertThat(guest).isBetween(before - 5, now() + 5);
        Instant asked = Instant.now();
        Instant told = sandbox().infoNow().clock();
        assertThat(told).isBetween(asked.minusSeconds(5), Instant.now().plusSeconds(5));
    }

    @Test
    @Work(6)
    default void stdinIsFedToTheCommandByteForByte() throws Exception {
        byte[] bytes = randomBytes(1_000_000 / thrift(), 1);
        Recorder output = new Recorder();
        Exit exit = sandbox().exec(ExecRequest.of("cat").withStdin(bytes), output);
        assertThat(exit.isSuccess()).isTrue();
        assertThat(output.outBytes()).isEqualTo(bytes);
    }

    @Test
    @Work(5)
    default void aCommandThatIgnoresItsStdinEnds() throws Exception {
        Exit exit =
                sandbox()
                        .exec(
                                ExecRequest.of("true").withStdin(new byte[3_000_000 / thrift()]),
                                new Recorder());
        assertThat(exit.isSuccess()).isTrue();
    }

    @Test
    @Work(12)
    default void aDialogueIsPossible() throws Exception {
        GuestProcess process =
                sandbox().start(ExecRequest.of("bash", "-c", "read a; echo got $a; cat"));
        CompletableFuture<String> firstLine = new CompletableFuture<>();
        Recorder output = new Recorder();
        Future<Exit> exit =
                CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return process.await(
                                        new OutputListener() {
                                            @Override
                                            public void stdout(byte[] bytes) {
                                                output.stdout(bytes);
                                                firstLine.complete(output.out());
                                            }

                                            @Override
                                            public void stderr(byte[] bytes) {}
                                        });
                            } catch (InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                        });
        try (OutputStream stdin = process.stdin()) {
            stdin.write("one\n".getBytes(StandardCharsets.UTF_8));
            assertThat(firstLine.get(30L * slowness(), TimeUnit.SECONDS)).isEqualTo("got one\n");
            stdin.write("two\n".getBytes(StandardCharsets.UTF_8));
        }
        assertThat(exit.get(30L * slowness(), TimeUnit.SECONDS).isSuccess()).isTrue();
        assertThat(output.out()).isEqualTo("got one\ntwo\n");
    }

    @Test
    @Work(5)
    default void commandsThatCannotStartSayWhy() {
        assertGuestError(GuestException.ENOENT, () -> exec("no-such-command"), "no-such-command");
        assertGuestError(GuestException.EACCES, () -> exec("/etc/hostname"), "/etc/hostname");
        assertGuestError(
                GuestException.ENOENT,
                () ->
                        sandbox()
                                .exec(
                                        ExecRequest.of("true").withDirectory("/nowhere"),
                                        new Recorder()),
                "/nowhere");
    }

    @Test
    @Work(value = 22, essential = true)
    default void aTimeOutStopsTheCommandAndItsChildren() throws Exception {
        Recorder output = new Recorder();
        Exit exit =
                timedOutWhenBegun(
                        "sleep 987 & echo $! $$; exec sleep 987",
                        Duration.ofMillis(1000 + 500L * slowness()),
                        output);
        assertThat(exit.timedOut()).isTrue();
        assertThat(output.out()).matches("[0-9]+ [0-9]+\n");
        for (String process : output.out().strip().split(" ", -1)) {
            assertGone(process);
        }
    }

    @Test
    @Work(40)
    default void aTimeOutKillsACommandThatIgnoresTheRequestToEnd() throws Exception {
        Exit exit =
                timedOutWhenBegun(
                        "trap '' TERM; echo set; while true; do sleep 0.1; done",
                        Duration.ofMillis(300L * slowness()),
                        new Recorder());
        assertThat(exit.kind()).isEqualTo(Exit.Kind.SIGNALED);
        assertThat(exit.code()).isEqualTo(9);
    }

    /**
     * Runs a script until it times out. If it has printed nothing by then, it has not started: runs
     * it again with a longer time-out, since a slow or busy host takes longer to start a script.
     *
     * @param output receives what the script prints once it has started
     */
    private Exit timedOutWhenBegun(String script, Duration timeout, Recorder output)
            throws InterruptedException {
        Duration within = timeout;
        while (true) {
            long start = System.nanoTime();
            Exit exit =
                    sandbox()
                            .exec(ExecRequest.of("bash", "-c", script).withTimeout(within), output);
            assertThat(exit.timedOut()).isTrue();
            assertThat(Duration.ofNanos(System.nanoTime() - start).minus(within))
                    .isLessThan(Duration.ofSeconds(18L * slowness()));
            if (!output.out().isEmpty()) {
                return exit;
            }
            within = within.multipliedBy(4);
            assertThat(within).as("time for %s", script).isLessThan(Duration.ofMinutes(10));
        }
    }

    @Test
    @Work(20)
    default void anInterruptedCallerTakesTheCommandWithIt() throws Exception {
        Thread caller = Thread.currentThread();
        Recorder output =
                new Recorder() {
                    @Override
                    public void stdout(byte[] bytes) {
                        super.stdout(bytes);
                        Thread _ = Thread.startVirtualThread(() -> interrupt(caller));
                    }
                };
        assertThatThrownBy(() -> bash("echo $$; exec sleep 986", output))
                .isInstanceOf(InterruptedException.class);
        assertThat(output.out()).matches("[0-9]+\n");
        assertGone(output.out().strip());
    }

    @Test
    @Work(10)
    default void signalsReachTheWholeProcessGroup() throws Exception {
        GuestProcess process =
                sandbox()
                        .start(
                                ExecRequest.of(
                                        "bash",
                                        "-c",
                                        "trap 'echo bye; exit 5' TERM; echo up; sleep 985 & wait"));
        Recorder output =
                new Recorder() {
                    @Override
                    public void stdout(byte[] bytes) {
                        super.stdout(bytes);
                        if (out().equals("up\n")) {
                            process.signal(15);
                        }
                    }
                };
        Exit exit = process.await(output);
        assertThat(exit.code()).isEqualTo(5);
        assertThat(output.out()).isEqualTo("up\nbye\n");
    }

    @Test
    @Work(35)
    default void aBackgroundProcessDoesNotHoldTheCallAndGoesOn() throws Exception {
        Recorder output = new Recorder();
        bash(
                "mkfifo -m 600 /tmp/go; (read < /tmp/go; echo noise; echo done > /tmp/late) & echo started",
                output);
        // The process still holds the command's streams, and the call has ended all the same.
        assertThat(output.out()).isEqualTo("started\n");
        assertThat(exists("/tmp/late")).isFalse();
        bash("echo > /tmp/go", new Recorder());
        long deadline = System.nanoTime() + Duration.ofSeconds(30L * slowness()).toNanos();
        while (!exists("/tmp/late") || sandbox().files().stat("/tmp/late", false).size() == 0) {
            assertThat(System.nanoTime()).as("the background process").isLessThan(deadline);
            Thread.sleep(50);
        }
        assertThat(new String(read("/tmp/late"), StandardCharsets.UTF_8)).isEqualTo("done\n");
    }

    @Test
    @Work(15)
    default void muchOutputArrivesWhole() throws Exception {
        long[] bytes = {0};
        int much = 30_000_000 / thrift();
        Exit exit =
                sandbox()
                        .exec(
                                ExecRequest.of("head", "-c", Integer.toString(much), "/dev/zero"),
                                new OutputListener() {
                                    @Override
                                    public void stdout(byte[] part) {
                                        bytes[0] += part.length;
                                    }

                                    @Override
                                    public void stderr(byte[] part) {}
                                });
        assertThat(exit.stdoutBytes()).isEqualTo(much);
        assertThat(bytes[0]).isEqualTo(much);
    }

    @Test
    @Work(20)
    default void longOutputIsKeptInALog() throws Exception {
        Exit small =
                sandbox().exec(ExecRequest.of("echo", "x").withLogThreshold(100), new Recorder());
        assertThat(small.logPath()).isEmpty();

        Exit large =
                sandbox()
                        .exec(
                                ExecRequest.of("bash", "-c", "seq 1000; echo end >&2")
                                        .withLogThreshold(100),
                                new Recorder());
        assertThat(large.logPath()).isNotEmpty();
        String log = new String(read(large.logPath()), StandardCharsets.UTF_8);
        assertThat(log).startsWith("1\n2\n3\n").contains("1000\n").contains("end\n");
    }

    @Test
    @Work(110)
    default void manyCommandsAtOnce() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> results =
                    java.util.stream.IntStream.range(0, 40 / Math.min(slowness(), 5))
                            .mapToObj(
                                    i ->
                                            threads.submit(
                                                    () -> {
                                                        Recorder output = new Recorder();
                                                        bash("sleep 0.2; echo " + i, output);
                                                        return output.out();
                                                    }))
                            .toList();
            for (int i = 0; i < results.size(); i++) {
                assertThat(results.get(i).get()).isEqualTo(i + "\n");
            }
        }
    }

    @Test
    @Work(20)
    default void aReaderWhoDoesNotReadHoldsUpNobodyElse() throws Exception {
        GuestProcess flood = sandbox().start(ExecRequest.of("cat", "/dev/zero"));
        for (int i = 0; i < (slowness() == 1 ? 5 : 2); i++) {
            Recorder output = new Recorder();
            bash("echo " + i, output);
            assertThat(output.out()).isEqualTo(i + "\n");
        }
        flood.cancel();
        assertThatThrownBy(() -> flood.await(OutputListener.DISCARD))
                .isInstanceOfSatisfying(
                        GuestException.class,
                        e -> assertThat(e.status()).isEqualTo(GuestException.CANCELLED));
    }

    /** Waits until a process has ended and has been reaped. */
    private void assertGone(String process) throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(10L * slowness()).toNanos();
        while (exists("/proc/" + process)) {
            assertThat(System.nanoTime()).as("process %s", process).isLessThan(deadline);
            Thread.sleep(50);
        }
    }

    private static long now() {
        return Instant.now().getEpochSecond();
    }
}
