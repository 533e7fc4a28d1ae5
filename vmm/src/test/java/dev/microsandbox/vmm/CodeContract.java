package dev.microsandbox.vmm;

import static dev.microsandbox.vmm.ContractSandbox.assertGuestError;
import static dev.microsandbox.vmm.ContractSandbox.interrupt;
import static dev.microsandbox.vmm.ContractSandbox.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microsandbox.vmm.KernelBudget.Work;
import dev.microsandbox.vmm.RunResult.Outcome;
import dev.microsandbox.vmm.SandboxFiles.WriteOptions;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Running code in interpreters, which keep their state from one call to the next. */
interface CodeContract extends ContractSandbox {

    @Test
    @Work(value = 190, essential = true)
    default void pythonKeepsItsState() throws Exception {
        run("python", "x = 6 * 7");
        Recorder output = new Recorder();
        RunResult result = run("py", "print('x is', x)\nx + 1", output);
        assertThat(output.out()).isEqualTo("x is 42\n");
        assertThat(output.result()).isEqualTo("43");
        assertThat(result.outcome()).isEqualTo(Outcome.FINISHED);
        assertThat(result.stateKept()).isTrue();
        assertThat(result.started()).isFalse();
        assertThat(sandbox().variables("python"))
                .anySatisfy(
                        v -> {
                            assertThat(v.name()).isEqualTo("x");
                            assertThat(v.type()).isEqualTo("int");
                        });
    }

    @Test
    @Work(3)
    default void pythonsErrorsPointAtTheUsersCode() throws Exception {
        Recorder output = new Recorder();
        RunResult result = run("python", "def f():\n    return 1 / 0\nf()", output);
        assertThat(result.outcome()).isEqualTo(Outcome.ERROR);
        assertThat(result.errorName()).isEqualTo("ZeroDivisionError");
        assertThat(result.status()).isEqualTo(1);
        assertThat(result.stateKept()).isTrue();
        assertThat(output.err()).contains("return 1 / 0").contains("ZeroDivisionError");
        assertThat(output.err()).doesNotContain("microsandbox").doesNotContain("IPython");
    }

    @Test
    @Work(3)
    default void pythonsStdinIsWhatTheCallBrings() throws Exception {
        Recorder output = new Recorder();
        sandbox()
                .run(
                        RunRequest.of("python", "print(input().upper())")
                                .withStdin(utf8("hello\n")),
                        output);
        assertThat(output.out()).contains("HELLO");
        Recorder without = new Recorder();
        RunResult result = run("python", "input()", without);
        assertThat(result.errorName()).isEqualTo("EOFError");
    }

    @Test
    @Work(10)
    default void aLoopWithoutEndIsInterruptedAndStateIsKept() throws Exception {
        run("python", "before = 'kept'");
        Recorder output = new Recorder();
        RunResult result =
                sandbox()
                        .run(
                                RunRequest.of(
                                                "python",
                                                "print('begun', flush=True)\nwhile True: pass")
                                        .withTimeout(timeForPythonToBegin()),
                                output);
        assertThat(result.exit().timedOut()).isTrue();
        assertThat(result.outcome()).isEqualTo(Outcome.INTERRUPTED);
        assertThat(result.stateKept()).isTrue();
        assertThat(output.out()).isEqualTo("begun\n");
        Recorder after = new Recorder();
        run("python", "before", after);
        assertThat(after.result()).isEqualTo("'kept'");
    }

    /** Enough for an interpreter that already runs: a second, and more on a slow guest kernel. */
    private Duration timeForPythonToBegin() {
        return Duration.ofMillis(800 + 200L * slowness());
    }

    @Test
    @Work(150)
    default void codeThatCannotBeInterruptedIsKilledAndSaysSo() throws Exception {
        run("python", "1");
        RunResult result =
                sandbox()
                        .run(
                                RunRequest.of(
                                                "python",
                                                "import signal\n"
                                                        + "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\n"
                                                        + "while True: pass")
                                        .withTimeout(timeForPythonToBegin()),
                                new Recorder());
        assertThat(result.exit().timedOut()).isTrue();
        assertThat(result.outcome()).isEqualTo(Outcome.INTERPRETER_ENDED);
        assertThat(result.stateKept()).isFalse();
        Recorder after = new Recorder();
        RunResult next = run("python", "'new'", after);
        assertThat(next.started()).isTrue();
        assertThat(after.result()).isEqualTo("'new'");
    }

    @Test
    @Work(250)
    default void aCrashIsReportedAndTheNextCallWorks() throws Exception {
        run("python", "1");
        RunResult result = run("python", "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)");
        assertThat(result.outcome()).isEqualTo(Outcome.INTERPRETER_ENDED);
        assertThat(result.exit().kind()).isEqualTo(Exit.Kind.SIGNALED);
        assertThat(result.exit().code()).isEqualTo(11);
        assertThat(result.stateKept()).isFalse();
        RunResult exited = run("python", "import os\nos._exit(7)");
        assertThat(exited.exit().kind()).isEqualTo(Exit.Kind.EXITED);
        assertThat(exited.exit().code()).isEqualTo(7);
        assertThat(run("python", "1").started()).isTrue();
    }

    @Test
    @Work(420)
    default void figuresComeBackAsImages() throws Exception {
        Recorder output = new Recorder();
        RunResult result =
                run(
                        "python",
                        "import matplotlib.pyplot as plt\nplt.plot([1, 3, 2])\nplt.title('t');",
                        output);
        assertThat(result.outcome()).as(output.err()).isEqualTo(Outcome.FINISHED);
        assertThat(output.displays()).hasSize(1);
        byte[] png = output.displays().getFirst().get("image/png").orElseThrow().data();
        assertThat(png).startsWith(0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n');
        assertThat(png.length).isGreaterThan(2_000);
    }

    @Test
    @Work(1)
    default void javaScriptKeepsItsStateToo() throws Exception {
        Assumptions.assumeFalse(
                slowness() > 1,
                "skipped: Node.js crashes where KVM emulates the guest's kernel mode: that does"
                        + " not keep the AVX registers of threads apart, under QEMU neither");
        run("javascript", "const a = [1, 2, 3]");
        Recorder js = new Recorder();
        RunResult result =
                run("node", "console.log('sum', a.reduce((x, y) => x + y)); a.length", js);
        assertThat(result.outcome()).isEqualTo(Outcome.FINISHED);
        assertThat(js.out()).isEqualTo("sum 6\n");
        assertThat(js.result()).isEqualTo("3");
        Recorder error = new Recorder();
        assertThat(run("js", "null.x", error).errorName()).isEqualTo("TypeError");
    }

    @Test
    @Work(15)
    default void theShellKeepsItsStateToo() throws Exception {
        run("shell", "cd /tmp; v=5");
        Recorder shell = new Recorder();
        RunResult status = run("bash", "echo $v; pwd; false", shell);
        assertThat(shell.out()).isEqualTo("5\n/tmp\n");
        assertThat(status.status()).isEqualTo(1);
    }

    @Test
    @Work(5)
    default void whatInterruptedCodePrintsForNobodyIsNotTheNextCalls() throws Exception {
        Thread caller = Thread.currentThread();
        Recorder output =
                new Recorder() {
                    @Override
                    public void stdout(byte[] bytes) {
                        super.stdout(bytes);
                        Thread _ = Thread.startVirtualThread(() -> interrupt(caller));
                    }
                };
        assertThatThrownBy(
                        () ->
                                run(
                                        "shell",
                                        "trap 'echo late' INT; echo begun; sleep 60; trap - INT",
                                        output))
                .isInstanceOf(InterruptedException.class);
        Recorder next = new Recorder();
        run("shell", "trap - INT; echo next", next);
        assertThat(next.out()).isEqualTo("next\n");
    }

    @Test
    @Work(30)
    default void anInterpreterThatEndedBetweenTheCallsIsSaidToBeAnotherOne() throws Exception {
        Recorder processes = new Recorder();
        run("shell", "word=kept; echo $$ $PPID", processes);
        String[] ids = processes.out().strip().split(" ", -1);
        // The second is the runner that the agent started.
        bash(
                "kill -KILL %s; while kill -0 %s; do sleep 0.1; done".formatted(ids[0], ids[1]),
                new Recorder());
        RunResult next = run("shell", "echo \"<$word>\"");
        assertThat(next.interpreter()).isEqualTo(RunResult.Interpreter.REPLACED);
        assertThat(next.outcome()).isEqualTo(Outcome.FINISHED);
        assertThat(run("shell", ":").interpreter()).isEqualTo(RunResult.Interpreter.SAME);
    }

    @Test
    @Work(170)
    default void resettingStartsAfresh() throws Exception {
        run("python", "gone = 1");
        assertThat(sandbox().reset("python")).isEqualTo(1);
        assertThat(sandbox().variables("python")).isEmpty();
        assertThat(run("python", "gone").errorName()).isEqualTo("NameError");
    }

    @Test
    @Work(220)
    default void aShellThatKillsAllButItselfDoesNotGoOn() throws Exception {
        RunResult result = run("shell", "word=lost; while :; do kill -9 -1; done");
        assertThat(result.outcome()).isEqualTo(Outcome.INTERPRETER_ENDED);
        assertThat(result.exit().kind()).isEqualTo(Exit.Kind.SIGNALED);
        assertThat(bash("sleep 0.2", new Recorder()).isSuccess()).isTrue();
        Recorder next = new Recorder();
        run("shell", "echo \"<$word>\"", next);
        assertThat(next.out()).isEqualTo("<>\n");
    }

    @Test
    @Work(200)
    default void resettingEndsWhatAnInterpreterLeftWhenItEnded() throws Exception {
        RunResult result = run("shell", "while :; do kill -9 -1; done & wait");
        assertThat(result.outcome()).isEqualTo(Outcome.INTERPRETER_ENDED);
        assertThat(bash("sleep 0.2", new Recorder()).code()).isEqualTo(9);
        assertThat(sandbox().reset("shell")).isZero();
        assertThat(bash("sleep 0.2", new Recorder()).isSuccess()).isTrue();
        assertThat(run("shell", "true").outcome()).isEqualTo(Outcome.FINISHED);
    }

    @Test
    @Work(value = 1, essential = true)
    default void anUnknownLanguageNamesThoseThatThereAre() {
        assertGuestError(
                GuestException.UNKNOWN_LANGUAGE, () -> run("cobol", "DISPLAY 'X'."), "python");
        assertGuestError(
                GuestException.UNKNOWN_LANGUAGE,
                () -> run("Golang", "package main"),
                "go is not in this image, which lacks /usr/bin/go; there are: c, cpp, javascript,"
                        + " python, shell, typescript. The operator of the server can add it: msb"
                        + " image build --with go --name NAME");
    }

    @Test
    @Work(10)
    default void aLanguageRunsOneThingAtATime() throws Exception {
        String code =
                """
                import os, time
                print('begun', flush=True)
                while not os.path.exists('/tmp/over'):
                    time.sleep(0.05)
                """;
        CompletableFuture<Boolean> begun = new CompletableFuture<>();
        Recorder output =
                new Recorder() {
                    @Override
                    public void stdout(byte[] bytes) {
                        super.stdout(bytes);
                        begun.complete(true);
                    }
                };
        Future<RunResult> first =
                CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return run("python", code, output);
                            } catch (InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                        });
        assertThat(begun.get(60L * slowness(), TimeUnit.SECONDS)).isTrue();
        assertGuestError(GuestException.BUSY, () -> run("python", "1"), "");
        write("/tmp/over", new byte[0], WriteOptions.REPLACE);
        assertThat(first.get(60L * slowness(), TimeUnit.SECONDS).outcome())
                .isEqualTo(Outcome.FINISHED);
        sandbox().files().remove("/tmp/over", false);
    }
}
