package dev.microsandbox.mcp.tools.code;

import dev.microsandbox.mcp.session.computer.Lane;
import dev.microsandbox.mcp.session.computer.SandboxLease;
import dev.microsandbox.mcp.tools.definition.Arguments;
import dev.microsandbox.mcp.tools.definition.Parameter;
import dev.microsandbox.mcp.tools.definition.SandboxTool;
import dev.microsandbox.mcp.tools.definition.ToolDefinition;
import dev.microsandbox.mcp.tools.definition.ToolException;
import dev.microsandbox.mcp.tools.output.Utf8;
import dev.microsandbox.mcp.tools.process.MemoryKills;
import dev.microsandbox.mcp.tools.process.ProcessOutput;
import dev.microsandbox.mcp.tools.process.Signals;
import dev.microsandbox.mcp.tools.process.StdinArgument;
import dev.microsandbox.mcp.tools.result.ErrorText;
import dev.microsandbox.mcp.tools.result.ResultKey;
import dev.microsandbox.mcp.tools.result.ResultObject;
import dev.microsandbox.mcp.tools.result.ToolReport;
import dev.microsandbox.mcp.units.ByteSize;
import dev.microsandbox.mcp.units.Durations;
import dev.microsandbox.vmm.Exit;
import dev.microsandbox.vmm.RunRequest;
import dev.microsandbox.vmm.RunResult;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** {@code run_code}: runs code, in an interpreter that keeps its state or as a program. */
public final class RunCode implements SandboxTool {

    /** The limit of the agent protocol, in bytes. */
    private static final int MAX_CODE = 8 * 1024 * 1024;

    private static final Parameter<String> CODE =
            Parameter.text(
                            "code",
                            "The program text; several lines, blocks and definitions are fine.")
                    .alias("python_code", "source", "script")
                    .required();

    private static final Parameter<String> LANGUAGE =
            Parameter.language("For example python, javascript, typescript, shell, c or cpp.")
                    .defaultsTo("python");

    private static final Parameter<String> STDIN =
            Parameter.text("stdin", "What the program reads from standard input.").alias("input");

    private static final ResultKey<String> STATUS =
            ResultKey.choice(
                    "status",
                    "How the code ended.",
                    "ok",
                    "error",
                    "timeout",
                    "interrupted",
                    "exited",
                    "killed");

    private static final ResultKey<Number> EXIT = ResultKey.integer("exit", "0 if all went well.");

    private static final ResultKey<Double> SECONDS =
            ResultKey.number("seconds", "How long it ran.");

    private static final ResultKey<String> STATE =
            ResultKey.choice(
                    "state",
                    "Whether variables are still there; none: each call is a program of its own.",
                    "kept",
                    "lost",
                    "none");

    private static final ResultKey<String> ERROR_NAME =
            ResultKey.text("name", "Its type, for example ValueError.");

    private static final ResultKey<String> ERROR_MESSAGE =
            ResultKey.text("message", "Its message.");

    private static final ResultKey<ResultObject> ERROR =
            ResultKey.object("error", ERROR_NAME, ERROR_MESSAGE).optional();

    private static final List<ResultKey<?>> RESULTS =
            List.of(
                    STATUS,
                    EXIT,
                    SECONDS,
                    STATE,
                    ProcessOutput.STDOUT,
                    ProcessOutput.STDERR,
                    ProcessOutput.OMITTED,
                    ProcessOutput.LOG,
                    Rendition.DISPLAYS,
                    RunOutput.DISPLAYS_OMITTED,
                    RunOutput.RESULT,
                    ERROR);

    private final Parameter<Duration> timeout;

    /**
     * @param usualTimeout the time-out of calls that give none, unless their namespace has its own
     */
    public RunCode(Duration usualTimeout) {
        timeout = Parameter.timeout(usualTimeout);
    }

    @Override
    public ToolDefinition definition() {
        return new ToolDefinition(
                "run_code",
                "Run code",
                """
                Runs code in this session's sandbox, an isolated Linux computer of your own (Debian, \
                user "sandbox" with passwordless sudo, no network).

                Python, JavaScript and shell keep state: variables, imports, functions and files of \
                earlier calls are there in later ones, separately for each language. They work like \
                a notebook cell: the value of the last expression is shown, figures and rich values \
                come back as images or attachments, top-level await works in Python and JavaScript. \
                Python has numpy, pandas and matplotlib.

                Of every other language (C, C++, TypeScript; session_info lists them) each call is \
                a whole program, compiled and run in /workspace: only files are kept.

                Relative paths start at /workspace. The first line of the result is a status line: \
                status (ok, error, timeout, interrupted, exited, killed), exit, time, and state \
                (kept, lost or none). On time-out the code is interrupted and what it printed so far is \
                returned. Of long output the beginning and the end are shown, with the path of a \
                log that has all of it. Calls of one session run one after another.\
                """,
                List.of(CODE, LANGUAGE, timeout, STDIN),
                RESULTS,
                ToolDefinition.Effect.CHANGES);
    }

    @Override
    public Lane lane() {
        return Lane.CODE;
    }

    @Override
    public Optional<String> afterCancellation() {
        return Optional.of(
                "the code was interrupted. What takes longer than a client waits is better done in smaller steps, or by run_command with background=true.");
    }

    @Override
    public SandboxCall prepare(Arguments arguments) {
        String code = arguments.get(CODE);
        if (Utf8.length(code) > MAX_CODE) {
            throw new ToolException(
                    "code is longer than %s. Write it to a file with write_file and run that."
                            .formatted(ByteSize.inWords(MAX_CODE)));
        }
        byte[] stdin = StdinArgument.bytes(arguments.find(STDIN));
        Optional<Duration> given = arguments.find(timeout);
        RunRequest request =
                RunRequest.of(arguments.get(LANGUAGE), code)
                        .withStdin(stdin)
                        .withLogThreshold(ProcessOutput.LOG_THRESHOLD);
        return lease -> {
            OfferedLanguages.check(request.language(), lease);
            Duration most = given.orElse(lease.terms().runs().timeout());
            return run(request.withTimeout(most), lease);
        };
    }

    private static ToolReport run(RunRequest request, SandboxLease lease)
            throws InterruptedException {
        RunOutput output = new RunOutput();
        RunResult result = lease.sandbox().run(request, output);
        Exit exit = result.exit();
        ToolReport report =
                ToolReport.status(STATUS, status(result))
                        .fact(EXIT, exitCode(result))
                        .took(SECONDS, exit.wallTime())
                        .fact(STATE, result.state().name().toLowerCase(Locale.ROOT));
        addHints(report, request, result);
        MemoryKills.reportTo(report, lease.sandbox(), exit);
        boolean any = output.reportTo(report, exit);
        if (!result.errorName().isEmpty()) {
            String name = ErrorText.bounded(result.errorName());
            String message = ErrorText.bounded(result.errorText());
            report.section(
                    ERROR,
                    new ResultObject().with(ERROR_NAME, name).with(ERROR_MESSAGE, message),
                    name + ": " + message);
        } else if (!any) {
            report.remark("[no output]");
        }
        return report;
    }

    private static String status(RunResult result) {
        Exit exit = result.exit();
        if (exit.timedOut()) {
            return "timeout";
        }
        return switch (result.outcome()) {
            case FINISHED -> result.status() == 0 ? "ok" : "error";
            case ERROR -> "error";
            case INTERRUPTED -> "interrupted";
            case INTERPRETER_ENDED -> exit.kind() == Exit.Kind.SIGNALED ? "killed" : "exited";
        };
    }

    /**
     * The exit code as a shell reports it: 128 plus the signal's number for a process that a signal
     * ended.
     */
    private static long exitCode(RunResult result) {
        return switch (result.exit().kind()) {
            case RUNNING -> result.status();
            case EXITED -> result.exit().code();
            case SIGNALED -> 128 + result.exit().code();
        };
    }

    private static void addHints(ToolReport report, RunRequest request, RunResult result) {
        Exit exit = result.exit();
        // In a language where each call is a separate program, the loss of the earlier runner does
        // not matter.
        if (result.state() != RunResult.State.NONE) {
            addLoss(report, result.interpreter());
        }
        if (exit.timedOut() && request.timeout() != null) {
            report.hint(
                    "Stopped after the time-out of %s; %s. Pass a longer timeout (at most %d s), or"
                                    .formatted(
                                            Durations.measured(request.timeout()),
                                            switch (result.state()) {
                                                case KEPT -> "variables are kept";
                                                case LOST ->
                                                        "the interpreter had to be killed, its"
                                                                + " variables are lost";
                                                case NONE -> "compiling is part of it";
                                            },
                                            Parameter.MAX_TIMEOUT.toSeconds())
                            + " do the work in smaller steps.");
        } else if (result.outcome() == RunResult.Outcome.INTERPRETER_ENDED) {
            String how =
                    exit.kind() == Exit.Kind.SIGNALED
                            ? "was ended by signal " + Signals.describe(exit.code())
                            : "exited with code " + exit.code();
            report.hint(
                    result.state() == RunResult.State.NONE
                            ? "What runs programs of this language "
                                    + how
                                    + ", and the program"
                                    + " with it. The next call starts anew."
                            : "The interpreter "
                                    + how
                                    + "; its variables are lost. The next call"
                                    + " starts a new one.");
        } else if (result.errorName().equals("EOFError") && request.stdin().length == 0) {
            report.hint("Nobody is there to type: pass the argument stdin.");
        }
    }

    private static void addLoss(ToolReport report, RunResult.Interpreter interpreter) {
        switch (interpreter) {
            case SAME, NEW -> {}
            case REPLACED ->
                    report.hint(
                            "The interpreter had ended since the last call: variables of earlier"
                                    + " calls are lost. This call ran in a new one.");
            case REPLACED_AFTER_MEMORY_KILL ->
                    report.hint(
                            "The interpreter was killed since the last call, because the sandbox's"
                                    + " memory was used up: variables of earlier calls are lost."
                                    + " This call ran in a new one.");
        }
    }
}
