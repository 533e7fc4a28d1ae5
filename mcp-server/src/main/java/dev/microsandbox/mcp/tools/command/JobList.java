package dev.microsandbox.mcp.tools.command;

import dev.microsandbox.mcp.tools.result.ErrorText;
import dev.microsandbox.vmm.GuestException;
import dev.microsandbox.vmm.Job;
import dev.microsandbox.vmm.Sandbox;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The jobs of a sandbox, for a reader to choose from. */
public final class JobList {

    /** Of those that have ended. */
    private static final int MAX_ENDED = 20;

    private JobList() {}

    /** The newest jobs and all that run, the oldest first, as structured data. */
    public static List<Map<String, Object>> of(Sandbox sandbox) throws InterruptedException {
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
        List<Map<String, Object>> facts = new ArrayList<>();
        for (Job job : jobs) {
            if (job.isRunning() || ended-- <= MAX_ENDED) {
                facts.add(structured(job));
            }
        }
        return facts;
    }

    private static Map<String, Object> structured(Job job) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("job_id", job.id());
        facts.put("status", JobReport.status(job));
        facts.put("seconds", job.exit().wallTime().toMillis() / 1000.0);
        facts.put("command", ErrorText.bounded(job.label()));
        return facts;
    }

    /** The same for readers: one line each. */
    public static String text(List<Map<String, Object>> jobs) {
        StringBuilder text = new StringBuilder();
        for (Map<String, Object> job : jobs) {
            text.append(job.get("job_id")).append(": ").append(job.get("status"));
            text.append(", ").append(job.get("seconds")).append("s, ");
            text.append(String.valueOf(job.get("command")).lines().findFirst().orElse(""));
            text.append('\n');
        }
        return text.toString();
    }
}
