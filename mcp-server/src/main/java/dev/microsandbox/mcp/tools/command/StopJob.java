package dev.microsandbox.mcp.tools.command;

import dev.microsandbox.mcp.session.computer.SandboxLease;
import dev.microsandbox.mcp.tools.definition.Arguments;
import dev.microsandbox.mcp.tools.definition.Parameter;
import dev.microsandbox.mcp.tools.definition.SandboxTool;
import dev.microsandbox.mcp.tools.definition.ToolDefinition;
import dev.microsandbox.mcp.tools.process.Signals;
import dev.microsandbox.mcp.tools.result.ToolReport;
import dev.microsandbox.mcp.tools.schema.Schema;
import dev.microsandbox.vmm.GuestException;
import dev.microsandbox.vmm.Job;
import dev.microsandbox.vmm.SandboxJobs;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** {@code stop_job}: ends a job, or sends it a signal. */
public final class StopJob implements SandboxTool {

    /**
     * How long to wait for the end: longer than from SIGTERM to SIGKILL, even on a slow machine.
     */
    private static final Duration STOPPING = Duration.ofSeconds(10);

    /** How long to wait for a program's reaction to a signal. */
    private static final Duration SIGNALLED = Duration.ofSeconds(1);

    private static final Duration LOOK = Duration.ofMillis(100);

    private static final Parameter<Integer> SIGNAL =
            Parameter.of(
                    "signal",
                    Schema.string(
                            "Send this signal instead, and nothing more: a name such as INT or HUP,"
                                    + " or a number."),
                    StopJob::readSignal);

    @Override
    public ToolDefinition definition() {
        return new ToolDefinition(
                "stop_job",
                "Stop a job",
                """
                Stops a background job with everything that it started: SIGTERM, and SIGKILL for \
                what is left 2 seconds later. With signal, that signal is sent to all its processes \
                instead, and the job goes on if it handles it. The result says how the job is then, \
                with the beginning and the end of its output, which stays readable with get_output. \
                A job that has ended already is no error.\
                """,
                List.of(JobReport.JOB_ID, SIGNAL),
                JobReport.KEYS,
                ToolDefinition.Effect.CHANGES);
    }

    @Override
    public SandboxCall prepare(Arguments arguments) {
        String id = arguments.get(JobReport.JOB_ID);
        Optional<Integer> signal = arguments.find(SIGNAL);
        return lease -> stop(lease, id, signal);
    }

    private static int readSignal(Object json) {
        String text = json instanceof Number || json instanceof String ? json.toString() : "";
        return Signals.number(text)
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "a signal such as TERM, INT, HUP or KILL, or a number from 1 to 64"));
    }

    private static ToolReport stop(SandboxLease lease, String id, Optional<Integer> signal)
            throws InterruptedException {
        SandboxJobs jobs = lease.sandbox().jobs();
        try {
            Job before = JobReader.awaitEnd(jobs, id, Duration.ZERO);
            Job _ = jobs.stop(id, signal.orElse(0));
            Job after = JobReader.awaitEnd(jobs, id, signal.isEmpty() ? STOPPING : SIGNALLED);
            if (signal.isEmpty() && after.processesLeft()) {
                awaitRemainingProcesses(jobs, id);
            }
            ToolReport report = JobReport.of(JobReader.ends(jobs, id, Duration.ZERO), lease);
            return before.isRunning() || before.processesLeft()
                    ? report
                    : report.hint("It had ended before; nothing was done.");
        } catch (GuestException e) {
            throw JobReport.explain(e, id, lease);
        }
    }

    /** Waits for the processes that the ended command has left running. */
    private static void awaitRemainingProcesses(SandboxJobs jobs, String id)
            throws InterruptedException {
        long deadline = System.nanoTime() + STOPPING.toNanos();
        while (JobReader.awaitEnd(jobs, id, Duration.ZERO).processesLeft()
                && System.nanoTime() - deadline < 0) {
            Thread.sleep(LOOK);
        }
    }
}
