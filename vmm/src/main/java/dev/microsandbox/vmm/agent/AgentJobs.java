package dev.microsandbox.vmm.agent;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.microsandbox.vmm.ExecRequest;
import dev.microsandbox.vmm.GuestException;
import dev.microsandbox.vmm.Job;
import dev.microsandbox.vmm.JobOutput;
import dev.microsandbox.vmm.SandboxJobs;
import java.time.Duration;
import java.util.List;

/** Jobs over the agent protocol. */
final class AgentJobs implements SandboxJobs {

    private final AgentConnection connection;

    AgentJobs(AgentConnection connection) {
        this.connection = connection;
    }

    @Override
    public String start(ExecRequest request, String label) throws InterruptedException {
        check(request.stdin().length == 0, "a job has no stdin");
        check(
                label.getBytes(UTF_8).length <= MAX_LABEL && label.indexOf('\0') < 0,
                "a label must have at most " + MAX_LABEL + " bytes, and no NUL");
        PayloadWriter arguments = new PayloadWriter().str(label);
        ExecArguments.write(arguments, request);
        arguments.u32(ExecArguments.millis(request.timeout())).u8(ExecArguments.user(request));
        return Calls.call(connection, Protocol.OPERATION_JOB_START, arguments, Results::jobId);
    }

    @Override
    public JobOutput read(String id, long offset, int most, Duration wait)
            throws InterruptedException {
        checkId(id);
        check(offset >= 0, "an offset must be at least 0");
        check(most >= 0 && most <= MAX_READ, "a read must be of 0 to " + MAX_READ + " bytes");
        check(
                !wait.isNegative() && wait.compareTo(MAX_WAIT) <= 0,
                "a wait must be 0 to " + MAX_WAIT.toSeconds() + " s");
        return Calls.call(
                connection,
                Protocol.OPERATION_JOB_READ,
                new PayloadWriter().str(id).u64(offset).u32(most).u32((int) wait.toMillis()),
                in -> {
                    JobOutput output = Results.jobOutput(in);
                    if (output.offset() < offset || output.bytes().length > most) {
                        throw new ProtocolException("output that was not asked for");
                    }
                    return output;
                });
    }

    @Override
    public Job stop(String id, int signal) throws InterruptedException {
        checkId(id);
        check(
                signal >= 0 && signal <= Protocol.SIGNAL_MAX,
                "a signal must be 0 to " + Protocol.SIGNAL_MAX);
        return Calls.call(
                connection,
                Protocol.OPERATION_JOB_STOP,
                new PayloadWriter().str(id).u8(signal),
                Results::job);
    }

    @Override
    public List<Job> list() throws InterruptedException {
        return Calls.call(
                connection, Protocol.OPERATION_JOB_LIST, new PayloadWriter(), Results::jobs);
    }

    private static void checkId(String id) {
        if (!Results.isJobId(id)) {
            throw new GuestException(GuestException.ESRCH, "no job has such an id");
        }
    }

    private static void check(boolean right, String complaint) {
        if (!right) {
            throw new GuestException(GuestException.BAD_ARGUMENT, complaint);
        }
    }
}
