package dev.microsandbox.mcp.tools.command;

import dev.microsandbox.mcp.tools.result.ErrorText;
import dev.microsandbox.mcp.tools.result.ResultKey;
import dev.microsandbox.mcp.tools.result.ResultObject;
import dev.microsandbox.vmm.GuestException;
import dev.microsandbox.vmm.Job;
import dev.microsandbox.vmm.Sandbox;
import java.util.ArrayList;
import java.util.List;

/** Lists the jobs of a sandbox, so that the agent can choose one. */
public final class JobList {

    /** Maximum number of ended jobs in the list. */
    private static final int MAX_ENDED = 20;

    private static final ResultKey<String> JOB_ID =
            ResultKey.text("job_id", "For get_output and stop_job.");

    private static final ResultKey<String> STATUS =
            ResultKey.text("status", "running, ok, error, timeout, killed.");

    private static final ResultKey<Double> SECONDS =
            ResultKey.number("seconds", "How long it has run.");

    private static final ResultKey<String> COMMAND =
            ResultKey.text("command", "What it runs; cut if long.");

    public static final ResultKey<List<ResultObject>> JOBS =
            ResultKey.objects(
                    "jobs", "The newest, and all that run.", JOB_ID, STATUS, SECONDS, COMMAND);

    private JobList() {}

    /** All running jobs and the newest ended ones, oldest first. */
    public static List<Job> of(Sandbox sandbox) throws InterruptedException {
        List<Job> jobs;
        try {
            jobs = sandbox.jobs().list();
        } catch (GuestException e) {
            if (e.status() == GuestException.UNKNOWN_OPERATION) {
                return List.of();
            }
            throw e;
        }
        long ended = jobs.stream().filter(job -> !job.isRunning()).count();
        List<Job> shown = new ArrayList<>();
        for (Job job : jobs) {
            if (job.isRunning() || ended-- <= MAX_ENDED) {
                shown.add(job);
            }
        }
        return shown;
    }

    /** Jobs as structured data. */
    public static List<ResultObject> structured(List<Job> jobs) {
        return jobs.stream().map(JobList::structured).toList();
    }

    private static ResultObject structured(Job job) {
        return new ResultObject()
                .with(JOB_ID, job.id())
                .with(STATUS, JobReport.status(job))
                .with(SECONDS, seconds(job))
                .with(COMMAND, ErrorText.bounded(job.label()));
    }

    private static double seconds(Job job) {
        return job.exit().wallTime().toMillis() / 1000.0;
    }

    /** Jobs as text, one line each. */
    public static String text(List<Job> jobs) {
        StringBuilder text = new StringBuilder();
        for (Job job : jobs) {
            text.append(job.id()).append(": ").append(JobReport.status(job));
            text.append(", ").append(seconds(job)).append("s, ");
            text.append(ErrorText.bounded(job.label()).lines().findFirst().orElse(""));
            text.append('\n');
        }
        return text.toString();
    }
}
