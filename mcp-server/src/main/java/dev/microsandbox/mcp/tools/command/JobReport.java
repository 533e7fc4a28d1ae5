package dev.microsandbox.mcp.tools.command;

import dev.microsandbox.mcp.session.computer.SandboxLease;
import dev.microsandbox.mcp.tools.definition.Parameter;
import dev.microsandbox.mcp.tools.definition.ToolException;
import dev.microsandbox.mcp.tools.process.MemoryKills;
import dev.microsandbox.mcp.tools.process.Signals;
import dev.microsandbox.mcp.tools.result.ErrorText;
import dev.microsandbox.mcp.tools.result.ToolReport;
import dev.microsandbox.mcp.tools.schema.Schema;
import dev.microsandbox.mcp.units.ByteSize;
import dev.microsandbox.vmm.Exit;
import dev.microsandbox.vmm.GuestException;
import dev.microsandbox.vmm.Job;
import java.util.ArrayList;
import java.util.List;

/** What agents are told of jobs. */
final class JobReport {

    /** The ids that an error names. */
    private static final int MAX_NAMED = 20;

    static final Parameter<String> JOB_ID =
            Parameter.text("job_id", "The job, as run_command with background=true named it.")
                    .alias("job", "id")
                    .required();

    private JobReport() {}

    /** In a word, how a job is: {@code running}, or as {@code run_command} says it. */
    static String status(Job job) {
        return job.isRunning() ? "running" : RunCommand.status(job.exit());
    }

    /** Begins a report of a job. */
    static ToolReport of(JobLog log, SandboxLease lease) throws InterruptedException {
        Job job = log.job();
        Exit exit = job.exit();
        ToolReport report = ToolReport.status(status(job)).fact("job_id", job.id());
        if (!job.isRunning()) {
            report.fact(
                    "exit", exit.kind() == Exit.Kind.SIGNALED ? 128 + exit.code() : exit.code());
        }
        report.took(exit.wallTime()).fact("next_offset", log.next());
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
        report.section("command", ErrorText.bounded(job.label()), "")
                .section("output_bytes", job.logBytes(), "")
                .section("output", log.text());
        if (!exit.logPath().isEmpty()) {
            report.section("log", ErrorText.bounded(exit.logPath()), "");
        }
        return log.text().isEmpty() ? report.remark(silence(log)) : report;
    }

    private static String silence(JobLog log) {
        if (log.job().logBytes() > 0) {
            return "[no further output%s]".formatted(log.job().isRunning() ? " yet" : "");
        }
        return log.job().isRunning() ? "[no output yet]" : "[no output]";
    }

    /** The output of tools that report a job. */
    static Schema.ObjectSchema schema() {
        return Schema.object()
                .required(
                        "status",
                        Schema.oneOf(
                                "How the job is, or ended.",
                                List.of("running", "ok", "error", "timeout", "killed")))
                .required("job_id", Schema.string("The job."))
                .optional("exit", Schema.integer("Exit code; 128 + n for signal n."))
                .required("seconds", Schema.number("How long it has run."))
                .required("next_offset", Schema.integer("Where its further output begins."))
                .required("command", Schema.string("What runs; cut if long."))
                .required("output_bytes", Schema.integer("How much it has printed."))
                .required(
                        "output",
                        Schema.string("stdout and stderr in the order in which they were written."))
                .optional("log", Schema.string("Path in the sandbox of the whole output."));
    }

    /** Turns the guest's refusal of an unknown job into an error that says what there is. */
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
