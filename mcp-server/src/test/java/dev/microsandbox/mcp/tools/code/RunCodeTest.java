package dev.microsandbox.mcp.tools.code;

import static dev.microsandbox.mcp.tools.ToolHarness.structured;
import static dev.microsandbox.mcp.tools.ToolHarness.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.ThreadMXBean;
import dev.microsandbox.mcp.session.FakeSandbox;
import dev.microsandbox.mcp.tools.ToolHarness;
import dev.microsandbox.mcp.tools.definition.Arguments;
import dev.microsandbox.vmm.Exit;
import dev.microsandbox.vmm.GuestException;
import dev.microsandbox.vmm.MemoryVictim;
import dev.microsandbox.vmm.MimeBundle;
import dev.microsandbox.vmm.MimeBundle.Representation;
import dev.microsandbox.vmm.RunResult;
import dev.microsandbox.vmm.RunResult.Interpreter;
import dev.microsandbox.vmm.RunResult.Outcome;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RunCodeTest {

    private final ToolHarness harness = ToolHarness.started();
    private final FakeSandbox sandbox = harness.sandbox();

    @AfterEach
    void close() {
        harness.close();
    }

    @Test
    void showsStatusOutputAndResultInOrder() {
        sandbox.onRun(
                (request, listener) -> {
                    assertThat(request.language()).isEqualTo("python");
                    assertThat(request.timeout()).isEqualTo(Duration.ofSeconds(30));
                    listener.stdout(bytes("\u001B[31mhi\u001B[0m\n"));
                    listener.stderr(bytes("careful"));
                    listener.result(bundle("text/plain", "42"));
                    return FakeSandbox.finished();
                });

        CallToolResult result = run(Map.of("code", "x"));

        assertThat(text(result))
                .isEqualTo(
                        """
                        status=ok exit=0 1.2s state=kept
                        --- stdout ---
                        hi
                        --- stderr ---
                        careful
                        --- result ---
                        42
                        """);
        assertThat(structured(result))
                .containsEntry("status", "ok")
                .containsEntry("exit", 0L)
                .containsEntry("seconds", 1.234)
                .containsEntry("state", "kept")
                .containsEntry("stdout", "hi\n")
                .containsEntry("stderr", "careful")
                .containsEntry("result", "42");
        assertThat(result.isError()).isFalse();
    }

    @Test
    void saysInWordsThatThereIsNoOutput() {
        assertThat(text(run(Map.of("code", "pass"))))
                .isEqualTo("status=ok exit=0 1.2s state=kept\n[no output]\n");
    }

    @Test
    void understandsCommonNamesOfArgumentsAndNumbersInStrings() {
        sandbox.onRun(
                (request, listener) -> {
                    listener.stdout(bytes(request.code() + " " + request.language()));
                    listener.stdout(bytes(" " + request.timeout()));
                    return FakeSandbox.finished();
                });
        CallToolResult result = run(Map.of("python_code", "1", "lang", "js", "timeout", "2.5"));
        assertThat(structured(result)).containsEntry("stdout", "1 js PT2.5S");
    }

    @Test
    void codeIsAsLongAsItsBytesNotItsCharacters() {
        String longest = "é".repeat(4 * 1024 * 1024);
        assertThat(run(Map.of("code", longest)).isError()).isFalse();
        CallToolResult tooLong = run(Map.of("code", longest + " "));
        assertThat(tooLong.isError()).isTrue();
        assertThat(text(tooLong)).contains("code is longer than 8 MiB", "write_file");
    }

    @Test
    void codeIsNotEncodedOnlyToBeMeasured() {
        RunCode tool = new RunCode(Duration.ofSeconds(30));
        String code = "1\n".repeat(2 * 1024 * 1024);
        Arguments arguments = Arguments.of(tool.definition(), Map.of("code", code));
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        tool.prepare(arguments);

        long before = threads.getCurrentThreadAllocatedBytes();
        tool.prepare(arguments);
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(code.length());
    }

    @Test
    void anErrorOfTheCodeIsAResult() {
        sandbox.onRun(
                (request, listener) -> {
                    listener.stderr(bytes("Traceback …\n"));
                    return new RunResult(
                            FakeSandbox.running(),
                            Outcome.ERROR,
                            RunResult.State.KEPT,
                            Interpreter.SAME,
                            "ValueError",
                            "bad",
                            1);
                });
        CallToolResult result = run(Map.of("code", "x"));
        assertThat(result.isError()).isFalse();
        assertThat(text(result))
                .startsWith("status=error exit=1 1.2s state=kept\n")
                .endsWith("--- error ---\nValueError: bad\n");
        assertThat(structured(result))
                .containsEntry("error", Map.of("name", "ValueError", "message", "bad"));
    }

    @Test
    void aTimeOutSaysWhatBecameOfTheState() {
        sandbox.onRun(
                (request, listener) -> {
                    listener.stdout(bytes("so far"));
                    return new RunResult(
                            exit(Exit.Kind.RUNNING, 0, true),
                            Outcome.INTERRUPTED,
                            RunResult.State.KEPT,
                            Interpreter.SAME,
                            "KeyboardInterrupt",
                            "",
                            1);
                });
        assertThat(text(run(Map.of("code", "x", "timeout", 2))))
                .startsWith("status=timeout exit=1 1.0s state=kept\n")
                .contains("hint: Stopped after the time-out of 2.0s; variables are kept.")
                .contains("so far");
    }

    @Test
    void aDeadInterpreterSaysHowItEnded() {
        sandbox.onRun(
                (request, listener) ->
                        new RunResult(
                                exit(Exit.Kind.SIGNALED, 11, false),
                                Outcome.INTERPRETER_ENDED,
                                RunResult.State.LOST,
                                Interpreter.SAME,
                                "",
                                "",
                                1));
        assertThat(text(run(Map.of("code", "x"))))
                .startsWith("status=killed exit=139 1.0s state=lost\n")
                .contains("ended by signal 11 (SIGSEGV); its variables are lost");
    }

    @Test
    void aProgramOfItsOwnKeepsNothingAndSaysHowItEnded() {
        sandbox.onRun(
                (request, listener) ->
                        new RunResult(
                                exit(Exit.Kind.RUNNING, 0, false),
                                Outcome.ERROR,
                                RunResult.State.NONE,
                                Interpreter.NEW,
                                "SIGSEGV",
                                "the program was ended by signal 11 (Segmentation fault)",
                                139));
        CallToolResult result = run(Map.of("code", "x", "language", "c++"));
        assertThat(text(result))
                .isEqualTo(
                        """
                        status=error exit=139 1.0s state=none
                        --- error ---
                        SIGSEGV: the program was ended by signal 11 (Segmentation fault)
                        """);
        assertThat(structured(result)).containsEntry("state", "none");

        sandbox.onRun(
                (request, listener) ->
                        new RunResult(
                                exit(Exit.Kind.RUNNING, 0, true),
                                Outcome.INTERRUPTED,
                                RunResult.State.NONE,
                                Interpreter.SAME,
                                "Interrupted",
                                "the compiler was interrupted",
                                130));
        assertThat(text(run(Map.of("code", "x", "language", "C", "timeout", 2))))
                .startsWith("status=timeout exit=130 1.0s state=none\n")
                .contains("hint: Stopped after the time-out of 2.0s; compiling is part of it.");

        sandbox.onRun(
                (request, listener) ->
                        new RunResult(
                                exit(Exit.Kind.SIGNALED, 9, false),
                                Outcome.INTERPRETER_ENDED,
                                RunResult.State.NONE,
                                Interpreter.SAME,
                                "",
                                "",
                                137));
        assertThat(text(run(Map.of("code", "x", "language", "c"))))
                .startsWith("status=killed exit=137 1.0s state=none\n")
                .doesNotContain("variables");
    }

    @Test
    void namesTheMemoryLimit() {
        sandbox.onRun(
                (request, listener) ->
                        new RunResult(
                                new Exit(
                                        Exit.Kind.RUNNING,
                                        0,
                                        false,
                                        2,
                                        new MemoryVictim("python3", 400L << 20),
                                        Duration.ofSeconds(1),
                                        0,
                                        0,
                                        ""),
                                Outcome.FINISHED,
                                RunResult.State.KEPT,
                                Interpreter.SAME,
                                "",
                                "",
                                0));
        assertThat(text(run(Map.of("code", "x"))))
                .contains(
                        "hint: 2 processes were killed, python3 (it had 400 MiB) last: memory limit"
                                + " 448 MiB. Work on less data at a time.\n");
    }

    @Test
    void saysThatTheInterpreterIsAnotherOne() {
        sandbox.onRun((request, listener) -> ranIn(Interpreter.REPLACED));
        assertThat(text(run(Map.of("code", "x"))))
                .startsWith("status=ok exit=0 1.2s state=kept\nhint: The interpreter had ended")
                .contains("variables of earlier calls are lost");
        sandbox.onRun((request, listener) -> ranIn(Interpreter.REPLACED_AFTER_MEMORY_KILL));
        assertThat(text(run(Map.of("code", "x")))).contains("memory was used up");
        sandbox.onRun((request, listener) -> ranIn(Interpreter.NEW));
        assertThat(text(run(Map.of("code", "x")))).doesNotContain("hint:");
    }

    @Test
    void nothingIsLostWhereEachCallIsAProgram() {
        sandbox.onRun((request, listener) -> ranIn(Interpreter.REPLACED, RunResult.State.NONE));
        assertThat(text(run(Map.of("code", "x", "language", "c")))).doesNotContain("hint:");
    }

    private static RunResult ranIn(Interpreter interpreter) {
        return ranIn(interpreter, RunResult.State.KEPT);
    }

    private static RunResult ranIn(Interpreter interpreter, RunResult.State state) {
        return new RunResult(
                FakeSandbox.running(), Outcome.FINISHED, state, interpreter, "", "", 0);
    }

    @Test
    void longOutputKeepsBothEndsAndNamesTheLog() {
        sandbox.onRun(
                (request, listener) -> {
                    assertThat(request.logThreshold()).isPositive();
                    for (int i = 0; i < 10_000; i++) {
                        listener.stdout(bytes("line " + i + "\n"));
                    }
                    Exit exit =
                            new Exit(
                                    Exit.Kind.RUNNING,
                                    0,
                                    false,
                                    0,
                                    MemoryVictim.UNKNOWN,
                                    Duration.ofSeconds(1),
                                    98_890,
                                    0,
                                    "/var/log/microsandbox/7.log");
                    return new RunResult(
                            exit,
                            Outcome.FINISHED,
                            RunResult.State.KEPT,
                            Interpreter.SAME,
                            "",
                            "",
                            0);
                });
        CallToolResult result = run(Map.of("code", "x"));
        String stdout = (String) structured(result).get("stdout");
        assertThat(stdout)
                .startsWith("line 0\n")
                .endsWith("line 9999\n")
                .contains("omitted; all of it: /var/log/microsandbox/7.log …]");
        assertThat(stdout).hasSizeBetween(20_400, 20_700);
        assertThat(structured(result)).containsEntry("log", "/var/log/microsandbox/7.log");
        assertThat(structured(result)).containsKey("omitted");
    }

    @Test
    void anUnknownLanguageListsTheKnownOnes() {
        sandbox.onRun(
                (request, listener) -> {
                    throw new GuestException(
                            GuestException.UNKNOWN_LANGUAGE,
                            "no language \"cobol\"; there are python, javascript, shell");
                });
        CallToolResult result = run(Map.of("code", "x", "language", "cobol"));
        assertThat(result.isError()).isTrue();
        assertThat(text(result))
                .isEqualTo("error: no language \"cobol\"; there are python, javascript, shell");
    }

    @Test
    void anInterpreterThatIsGoneBeforeItHasTheCodeSaysWhatToDo() {
        sandbox.onRun(
                (request, listener) -> {
                    throw new GuestException(
                            GuestException.RUNNER_FAILED,
                            "the interpreter ended before the code was sent");
                });
        CallToolResult result = run(Map.of("code", "x"));
        assertThat(result.isError()).isTrue();
        assertThat(text(result))
                .isEqualTo(
                        "error: the interpreter ended before the code was sent. The code did not"
                                + " run. Variables of that interpreter are gone, files are there;"
                                + " run it again, which starts a new one. If that fails too,"
                                + " reset_interpreter ends what earlier code left running.");
    }

    @Test
    void aDeathOfTheMachineIsAnErrorAndTheNextCallSaysWhatIsLost() {
        sandbox.onRun(
                (request, listener) -> {
                    sandbox.die();
                    return FakeSandbox.finished();
                });
        CallToolResult result = run(Map.of("code", "x"));
        assertThat(result.isError()).isTrue();
        assertThat(text(result))
                .startsWith("error: The sandbox died during this call")
                .contains("The next call starts a new one.");

        CallToolResult next = run(Map.of("code", "x"));
        assertThat(next.isError()).isFalse();
        assertThat(text(next))
                .startsWith("status=ok exit=0 1.2s state=kept\nnotice: The sandbox died (")
                .contains("Earlier variables, files and processes are gone.");
        assertThat(structured(next).get("notice")).asString().contains("are gone");
    }

    @Test
    void aCancelledCallLeavesTheSessionUsableAndTheNextOneIsTold() throws InterruptedException {
        sandbox.onRun(
                (request, listener) -> {
                    Thread.sleep(60_000);
                    return FakeSandbox.finished();
                });
        Thread call = Thread.ofPlatform().start(() -> run(Map.of("code", "x")));
        await().until(() -> call.getState() == Thread.State.TIMED_WAITING);
        call.interrupt();
        call.join();
        sandbox.onRun(
                (request, listener) -> {
                    throw new GuestException(GuestException.EBUSY, "busy");
                });
        assertThat(run(Map.of("code", "x")).isError()).isTrue();
        sandbox.onRun((request, listener) -> FakeSandbox.finished());
        CallToolResult next = run(Map.of("code", "x"));
        assertThat(next.isError()).isFalse();
        assertThat(text(next))
                .containsPattern(
                        "\nhint: The client cancelled a run_code after [0-9.]+s, or its connection broke: the code was interrupted\\.");
        assertThat(structured(run(Map.of("code", "x")))).doesNotContainKey("hints");
    }

    @Test
    void reportsProgressWhileItRunsAndNotAfterwards() throws InterruptedException {
        harness.progress.clear();
        sandbox.onRun(
                (request, listener) -> {
                    await().until(() -> harness.progress.size() >= 2);
                    return FakeSandbox.finished();
                });
        run(Map.of("code", "x"));
        assertThat(harness.progress).contains("running, 0 s");
        int reports = harness.progress.size();
        Thread.sleep(4 * ToolHarness.PROGRESS_INTERVAL.toMillis());
        assertThat(harness.progress).hasSize(reports);
    }

    private CallToolResult run(Map<String, Object> arguments) {
        return harness.call("run_code", arguments);
    }

    private static Exit exit(Exit.Kind kind, int code, boolean timedOut) {
        return new Exit(
                kind, code, timedOut, 0, MemoryVictim.UNKNOWN, Duration.ofSeconds(1), 0, 0, "");
    }

    private static MimeBundle bundle(String type, String text) {
        return new MimeBundle(List.of(representation(type, text)));
    }

    private static Representation representation(String type, String text) {
        return new Representation(type, bytes(text));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
