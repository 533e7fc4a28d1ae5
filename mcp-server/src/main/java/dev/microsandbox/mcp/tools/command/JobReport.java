package dev.microsandbox.mcp.tools.command;

import dev.microsandbox.mcp.session.computer.SandboxLease;
import dev.microsandbox.mcp.tools.definition.Parameter;
import dev.microsandbox.mcp.tools.definition.ToolException;
import dev.microsandbox.mcp.tools.process.MemoryKills;
import dev.microsandbox.mcp.tools.process.ProcessOutput;
import dev.microsandbox.mcp.tools.process.Signals;
import dev.microsandbox.mcp.tools.result.ErrorText;
import dev.microsandbox.mcp.tools.result.ResultKey;
import dev.microsandbox.mcp.tools.result.ToolReport;
import dev.microsandbox.mcp.units.ByteSize;
import dev.microsandbox.vmm.Exit;
import dev.microsandbox.vmm.GuestException;
import dev.microsandbox.vmm.Job;
import java.util.ArrayList;
import java.util.List;

/** Builds the results of tools that report a job. */
final class JobReport {

    /** Maximum number of ids that an error names. */
    private static final int MAX_NAMED = 20;

    static final Parameter<String> JOB_ID =
            Parameter.text("job_id", "The job, as run_command with background=true named it.")
                    .alias("job", "id")
                    .required();

    private static final ResultKey<String> STATUS =
            ResultKey.choice(
                    "status",
                    "How the job is, or ended.",
                    "running",
                    "ok",
                    "error",
                    "timeout",
                    "killed");

    private static final ResultKey<String> JOB = ResultKey.text("job_id", "The job.");

    private static final ResultKey<Number> EXIT =
            ResultKey.integer("exit", "Exit code; 128 + n for signal n.").optional();

    private static final ResultKey<Double> SECONDS =
            ResultKey.number("seconds", "How long it has run.");

    private static final ResultKey<Number> NEXT_OFFSET =
            ResultKey.integer("next_offset", "Where its further output begins.");

    private static final ResultKey<String> COMMAND =
            ResultKey.text("command", "What runs; cut if long.");

    private static final ResultKey<Number> OUTPUT_BYTES =
            ResultKey.integer("output_bytes", "How much it has printed.");

    private static final ResultKey<String> OUTPUT =
            ResultKey.text("output", "stdout and stderr in the order in which they were written.");

    /** The keys of a result that reports a job. */
    static final List<ResultKey<?>> KEYS =
            List.of(
                    STATUS,
                    JOB,
                    EXIT,
                    SECONDS,
                    NEXT_OFFSET,
                    COMMAND,
                    OUTPUT_BYTES,
                    OUTPUT,
                    ProcessOutput.LOG);

    private JobReport() {}

    /** The status of a job: {@code running}, or a status of {@code run_command}. */
    static String status(Job job) {
        return job.isRunning() ? "running" : RunCommand.status(job.exit());
    }

    /** Builds the report of a job. */
    static ToolReport of(JobLog log, SandboxLease lease) throws InterruptedException {
        Job job = log.job();
        Exit exit = job.exit();
        ToolReport report = ToolReport.status(STATUS, status(job)).fact(JOB, job.id());
        if (!job.isRunning()) {
            report.fact(EXIT, exit.kind() == Exit.Kind.SIGNALED ? 128 + exit.code() : exit.code());
        }
        report.took(SECONDS, exit.wallTime()).fact(NEXT_OFFSET, log.next());
        if (exit.timedOut()) {
            report.hint("Stopped after its time-out.");
        } else if (exit.kind() == Exit.Kind.SIGNALED) {
            report.hint("Ended by signal %s.".formatted(Signals.describe(exit.code())));
        }
        if (job.processesLeft()) {
            report.hint("Something that it started still runs; stop_job ends that.");
        }
        if (job.dropped() > 0) {
            report.hint(
                    "The sandbox's disk was full: %d bytes of output are not kept."
                            .formatted(job.dropped()));
        }
        MemoryKills.reportTo(report, lease.sandbox(), exit);
        if (log.hasMore()) {
            report.hint(
                    "There is more: %s. Go on with offset=%d."
                            .formatted(ByteSize.inWords(job.logBytes() - log.next()), log.next()));
        }
        report.section(COMMAND, ErrorText.bounded(job.label()), "")
                .section(OUTPUT_BYTES, job.logBytes(), "")
                .section(OUTPUT, log.text());
        if (!exit.logPath().isEmpty()) {
            report.section(ProcessOutput.LOG, ErrorText.bounded(exit.logPath()), "");
        }
        return log.text().isEmpty() ? report.remark(silence(log)) : report;
    }

    private static String silence(JobLog log) {
        if (log.job().logBytes() > 0) {
            return "[no further output%s]".formatted(log.job().isRunning() ? " yet" : "");
        }
        return log.job().isRunning() ? "[no output yet]" : "[no output]";
    }

    /** Converts the guest's error for an unknown job to an error that names the known jobs. */
    static RuntimeException explain(GuestException e, String id, SandboxLease lease)
            throws InterruptedException {
        if (e.status() != GuestException.ESRCH) {
            return e;
        }
        return new ToolException(
                "There is no job %s. %s Jobs end with their sandbox, and a restore undoes those that were started after its checkpoint; of those that have ended the newest are known."
                        .formatted(ErrorText.bounded(id), known(lease.sandbox().jobs().list())));
    }

    private static String known(List<Job> jobs) {
        if (jobs.isEmpty()) {
            return "No job was started in this sandbox; run_command with background=true starts one.";
        }
        List<String> names = new ArrayList<>();
        for (Job job : jobs.subList(Math.max(0, jobs.size() - MAX_NAMED), jobs.size())) {
            names.add("%s (%s)".formatted(job.id(), status(job)));
        }
        return "Known: %s.".formatted(String.join(", ", names));
    }
}
