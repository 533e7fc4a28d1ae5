package dev.microsandbox.mcp.tools.command;

import dev.microsandbox.mcp.session.computer.SandboxLease;
import dev.microsandbox.mcp.tools.definition.Arguments;
import dev.microsandbox.mcp.tools.definition.Parameter;
import dev.microsandbox.mcp.tools.definition.SandboxTool;
import dev.microsandbox.mcp.tools.definition.ToolDefinition;
import dev.microsandbox.mcp.tools.result.ToolReport;
import dev.microsandbox.vmm.GuestException;
import dev.microsandbox.vmm.SandboxJobs;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** {@code get_output}: reports the output and the status of a job. */
public final class GetOutput implements SandboxTool {

    private static final Parameter<Long> OFFSET =
            Parameter.integer(
                    "offset",
                    "Byte of the output to begin at, such as next_offset of the result before;"
                            + " its beginning and end if left out.",
                    0,
                    Long.MAX_VALUE);

    private static final Parameter<Duration> WAIT =
            Parameter.wait(
                    "Seconds to wait for new output or the end. Fractions are allowed.",
                    SandboxJobs.MAX_WAIT);

    @Override
    public ToolDefinition definition() {
        return new ToolDefinition(
                "get_output",
                "Get a job's output",
                """
                Tells how a background job is (status: running, ok, error, timeout, killed; exit) \
                and what it has printed, stdout and stderr in the order in which they were written.

                Without offset the beginning and the end of the output are shown. With offset, what \
                comes from that byte on, at most 20 KB; next_offset in the result is where to go on. \
                To follow a job, pass next_offset of the last result as offset, and wait: the call \
                returns as soon as there is new output or the job has ended, and after wait seconds \
                at most (30 is a good value; many clients give up on calls of a minute).\
                """,
                List.of(JobReport.JOB_ID, OFFSET, WAIT),
                JobReport.KEYS,
                ToolDefinition.Effect.READS);
    }

    @Override
    public SandboxCall prepare(Arguments arguments) {
        String id = arguments.get(JobReport.JOB_ID);
        Optional<Long> offset = arguments.find(OFFSET);
        Duration wait = arguments.get(WAIT);
        return lease -> report(lease, id, offset, wait);
    }

    private static ToolReport report(
            SandboxLease lease, String id, Optional<Long> offset, Duration wait)
            throws InterruptedException {
        SandboxJobs jobs = lease.sandbox().jobs();
        try {
            JobLog log =
                    offset.isPresent()
                            ? JobReader.from(jobs, id, offset.get(), wait)
                            : JobReader.ends(jobs, id, wait);
            return JobReport.of(log, lease);
        } catch (GuestException e) {
            throw JobReport.explain(e, id, lease);
        }
    }
}
