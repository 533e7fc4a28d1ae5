package dev.microsandbox.mcp.tools.command;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.microsandbox.mcp.session.computer.SandboxLease;
import dev.microsandbox.mcp.tools.definition.Arguments;
import dev.microsandbox.mcp.tools.definition.Parameter;
import dev.microsandbox.mcp.tools.definition.SandboxTool;
import dev.microsandbox.mcp.tools.definition.ToolDefinition;
import dev.microsandbox.mcp.tools.definition.ToolException;
import dev.microsandbox.mcp.tools.process.MemoryKills;
import dev.microsandbox.mcp.tools.process.ProcessOutput;
import dev.microsandbox.mcp.tools.process.Signals;
import dev.microsandbox.mcp.tools.process.StdinArgument;
import dev.microsandbox.mcp.tools.result.ResultKey;
import dev.microsandbox.mcp.tools.result.ToolReport;
import dev.microsandbox.mcp.units.ByteSize;
import dev.microsandbox.mcp.units.Durations;
import dev.microsandbox.vmm.ExecRequest;
import dev.microsandbox.vmm.Exit;
import dev.microsandbox.vmm.SandboxJobs;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code run_command}: runs a shell command in its own process. */
public final class RunCommand implements SandboxTool {

    /** The agent protocol's limit for all arguments together, minus {@code bash -c}, in bytes. */
    private static final int MAX_COMMAND = 59_000;

    private static final Parameter<String> COMMAND =
            Parameter.text("command", "What bash is to run; pipes, && and several lines are fine.")
                    .alias("cmd")
                    .required();

    private static final Parameter<String> CWD =
            Parameter.path("Working directory; relative to /workspace, which is the default.")
                    .named("cwd", "workdir", "working_directory");

    private static final Parameter<String> STDIN =
            Parameter.text("stdin", "What the command reads from standard input.").alias("input");

    private static final Parameter<Boolean> BACKGROUND =
            Parameter.flag(
                            "background",
                            "Start it as a job and return its job_id at once. It then runs without"
                                    + " a time-out unless one is given.")
                    .alias("run_in_background", "is_background");

    /** Makes the output of a job visible at once, not only when a buffer is full. */
    private static final Map<String, String> UNBUFFERED = Map.of("PYTHONUNBUFFERED", "1");

    private static final ResultKey<String> STATUS =
            ResultKey.choice(
                    "status",
                    "How the command ended, or that it runs as a job.",
                    "ok",
                    "error",
                    "timeout",
                    "killed",
                    "running");

    private static final ResultKey<Number> EXIT =
            ResultKey.integer("exit", "Exit code; 128 + n for signal n.").optional();

    private static final ResultKey<Double> SECONDS =
            ResultKey.number("seconds", "How long it ran.").optional();

    private static final ResultKey<String> JOB_ID =
            ResultKey.text("job_id", "The job, for get_output and stop_job.").optional();

    /** The output is optional, because the start of a job reports none. */
    private static final List<ResultKey<?>> RESULTS =
            List.of(
                    STATUS,
                    EXIT,
                    SECONDS,
                    JOB_ID,
                    ProcessOutput.STDOUT.optional(),
                    ProcessOutput.STDERR.optional(),
                    ProcessOutput.OMITTED,
                    ProcessOutput.LOG);

    private final Parameter<Duration> timeout;

    /**
     * @param usualTimeout the time-out of calls that give none, unless their namespace has its own
     */
    public RunCommand(Duration usualTimeout) {
        timeout = Parameter.timeout(usualTimeout);
    }

    @Override
    public ToolDefinition definition() {
        return new ToolDefinition(
                "run_command",
                "Run a command",
                """
                Runs a command with bash in this session's sandbox, an isolated Linux computer \
                (Debian, user "sandbox" with passwordless sudo, no network; git, gcc, make, node \
                and npm are there).

                Each call is a new bash: files stay, but cd, variables and functions do not last \
                (for a shell that keeps them use run_code with language shell). The command starts \
                in /workspace unless cwd says otherwise.

                The first line of the result is a status line: status (ok, error, timeout, killed), \
                exit and time. A non-zero exit code is a result, not a failure of the tool. On \
                time-out the command and all it started are stopped, and what it printed so far is \
                returned. Of long output the beginning and the end are shown, with the path of a \
                log that has all of it.

                What takes longer than a call should, such as a server, a build or a training run, \
                goes into the background with background=true: the result is a job_id at once; \
                get_output shows what it prints and how it ended, stop_job ends it, session_info \
                lists all jobs. A job has no stdin.\
                """,
                List.of(COMMAND, CWD, timeout, STDIN, BACKGROUND),
                RESULTS,
                ToolDefinition.Effect.CHANGES);
    }

    @Override
    public Optional<String> afterCancellation() {
        return Optional.of(
                "the command and all it started were stopped. What takes longer than a client waits is better run with background=true.");
    }

    @Override
    public SandboxCall prepare(Arguments arguments) {
        String command = arguments.get(COMMAND);
        if (command.indexOf('\0') >= 0) {
            throw new ToolException("command must not contain a NUL character.");
        }
        if (command.getBytes(UTF_8).length > MAX_COMMAND) {
            throw new ToolException(
                    "command is longer than %s. Write it to a file with write_file and run that."
                            .formatted(ByteSize.inWords(MAX_COMMAND)));
        }
        ExecRequest plain =
                ExecRequest.of("bash", "-c", command)
                        .withDirectory(arguments.find(CWD).orElse(null));
        Optional<Duration> given = arguments.find(timeout);
        if (arguments.get(BACKGROUND)) {
            if (!arguments.find(STDIN).orElse("").isEmpty()) {
                throw new ToolException(
                        "stdin cannot be given with background=true. Write it to a file with write_file and read it with < in the command.");
            }
            ExecRequest job = plain.withEnvironment(UNBUFFERED).withTimeout(given.orElse(null));
            return lease -> start(job, label(command), lease);
        }
        ExecRequest request =
                plain.withStdin(StdinArgument.bytes(arguments.find(STDIN)))
                        .withLogThreshold(ProcessOutput.LOG_THRESHOLD);
        return lease ->
                run(request.withTimeout(given.orElse(lease.terms().runs().timeout())), lease);
    }

    private static ToolReport run(ExecRequest request, SandboxLease lease)
            throws InterruptedException {
        ProcessOutput output = new ProcessOutput();
        Exit exit = lease.sandbox().exec(request, output);
        boolean signaled = exit.kind() == Exit.Kind.SIGNALED;
        ToolReport report =
                ToolReport.status(STATUS, status(exit))
                        .fact(EXIT, signaled ? 128 + exit.code() : exit.code())
                        .took(SECONDS, exit.wallTime());
        if (exit.timedOut() && request.timeout() != null) {
            report.hint(
                    "Stopped after the time-out of %s. Pass a longer timeout (at most %d s), or run it with background=true."
                            .formatted(
                                    Durations.measured(request.timeout()),
                                    Parameter.MAX_TIMEOUT.toSeconds()));
        } else if (signaled) {
            report.hint("Ended by signal %s.".formatted(Signals.describe(exit.code())));
        }
        MemoryKills.reportTo(report, lease.sandbox(), exit);
        if (!output.reportTo(report, exit)) {
            report.remark("[no output]");
        }
        return report;
    }

    private static ToolReport start(ExecRequest request, String label, SandboxLease lease)
            throws InterruptedException {
        String id = lease.sandbox().jobs().start(request, label);
        return ToolReport.status(STATUS, "running")
                .fact(JOB_ID, id)
                .hint(
                        "It runs in the background. get_output with this job_id shows what it prints and how it ends (wait=30 waits for news); stop_job ends it.");
    }

    /** The beginning of a command, cut between characters. */
    private static String label(String command) {
        String label = command.strip();
        int characters = label.codePointCount(0, label.length());
        int end = label.offsetByCodePoints(0, Math.min(characters, SandboxJobs.MAX_LABEL));
        while (label.substring(0, end).getBytes(UTF_8).length > SandboxJobs.MAX_LABEL) {
            end = label.offsetByCodePoints(end, -1);
        }
        return label.substring(0, end);
    }

    /** The status of a command that has ended. */
    static String status(Exit exit) {
        if (exit.timedOut()) {
            return "timeout";
        }
        if (exit.kind() == Exit.Kind.SIGNALED) {
            return "killed";
        }
        return exit.code() == 0 ? "ok" : "error";
    }
}
