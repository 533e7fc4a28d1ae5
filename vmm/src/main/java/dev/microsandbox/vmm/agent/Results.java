package dev.microsandbox.vmm.agent;

import dev.microsandbox.vmm.Exit;
import dev.microsandbox.vmm.FileEntry;
import dev.microsandbox.vmm.FileStat;
import dev.microsandbox.vmm.Job;
import dev.microsandbox.vmm.JobOutput;
import dev.microsandbox.vmm.MemoryVictim;
import dev.microsandbox.vmm.MimeBundle;
import dev.microsandbox.vmm.RunResult;
import dev.microsandbox.vmm.SandboxInfo;
import dev.microsandbox.vmm.Variable;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/** Decodes results and records of operations (docs/agent-protocol.md, sections 5 and 6). */
final class Results {

    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private static final Pattern JOB_ID =
            Pattern.compile("[a-z0-9-]{1," + Protocol.JOB_ID_MAX + "}");

    /** The least bytes that an encoded job takes. */
    private static final int JOB_BYTES = 73;

    private Results() {}

    static Exit exit(PayloadReader in) throws ProtocolException {
        Exit.Kind kind = oneOf(Exit.Kind.values(), in.u8());
        int code = in.i32();
        boolean timedOut = in.bool();
        int memoryKills = in.u31();
        MemoryVictim victim = new MemoryVictim(in.str(), in.u63());
        Duration wallTime = Duration.ofNanos(Math.multiplyExact(bounded(in.u63()), 1000L));
        return new Exit(
                kind, code, timedOut, memoryKills, victim, wallTime, in.u63(), in.u63(), in.str());
    }

    static RunResult run(PayloadReader in) throws ProtocolException {
        Exit exit = exit(in);
        RunResult.Outcome outcome = oneOf(RunResult.Outcome.values(), in.u8());
        RunResult.State state = oneOf(RunResult.State.values(), in.u8());
        RunResult.Interpreter interpreter = oneOf(RunResult.Interpreter.values(), in.u8());
        String errorName = in.str();
        String errorText = in.str();
        long status = in.i64();
        return new RunResult(exit, outcome, state, interpreter, errorName, errorText, status);
    }

    static FileStat stat(PayloadReader in) throws ProtocolException {
        int type = in.u8();
        FileStat.Type[] types = FileStat.Type.values();
        if (type < 1 || type > types.length) {
            throw new ProtocolException("a file of type " + type);
        }
        int mode = in.u31();
        int uid = in.i32();
        int gid = in.i32();
        long size = in.u63();
        Instant modified = instant(in.i64());
        return new FileStat(types[type - 1], mode, uid, gid, size, modified, in.path());
    }

    static FileEntry entry(PayloadReader in) throws ProtocolException {
        return new FileEntry(in.path(), stat(in));
    }

    static Variable variable(PayloadReader in) throws ProtocolException {
        String name = in.str();
        String type = in.str();
        long size = in.i64();
        OptionalLong known =
                size == Protocol.SIZE_UNKNOWN ? OptionalLong.empty() : OptionalLong.of(size);
        return new Variable(name, type, known, in.str());
    }

    static boolean isJobId(String id) {
        return JOB_ID.matcher(id).matches();
    }

    static String jobId(PayloadReader in) throws ProtocolException {
        String id = in.str();
        if (!isJobId(id)) {
            throw new ProtocolException("a job's id of other characters than it may have");
        }
        return id;
    }

    static Job job(PayloadReader in) throws ProtocolException {
        String id = jobId(in);
        String label = in.str();
        Exit exit = exit(in);
        Instant started = instant(in.i64());
        boolean stopped = in.bool();
        boolean processesLeft = in.bool();
        long omittedTo = in.u63();
        return new Job(id, label, exit, started, stopped, processesLeft, omittedTo, in.u63());
    }

    static JobOutput jobOutput(PayloadReader in) throws ProtocolException {
        return new JobOutput(job(in), in.u63(), in.bytes());
    }

    static List<Job> jobs(PayloadReader in) throws ProtocolException {
        int count = in.count(JOB_BYTES);
        if (count > Protocol.JOBS_KEPT) {
            throw new ProtocolException("a list of " + count + " jobs");
        }
        List<Job> jobs = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            jobs.add(job(in));
        }
        return List.copyOf(jobs);
    }

    static MimeBundle bundle(PayloadReader in) throws ProtocolException {
        int count = in.count(8);
        if (count < 1 || count > Protocol.REPRESENTATIONS_MAX) {
            throw new ProtocolException("a value in " + count + " representations");
        }
        List<MimeBundle.Representation> representations = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            representations.add(new MimeBundle.Representation(in.str(), in.bytes()));
        }
        return new MimeBundle(representations);
    }

    static SandboxInfo info(PayloadReader in) throws ProtocolException {
        String kernelRelease = in.str();
        String hostName = in.str();
        int cpus = in.u31();
        long memoryBytes = in.u63();
        long memoryLimit = in.u63();
        long memoryUsed = in.u63();
        long diskBytes = in.u63();
        long diskUsed = in.u63();
        int processes = in.u31();
        int processLimit = in.u31();
        Duration uptime = Duration.ofMillis(bounded(in.u63()));
        Instant clock = instant(in.i64());
        int count = in.count(13);
        if (count > Protocol.LANGUAGES_MAX) {
            throw new ProtocolException("a list of " + count + " languages");
        }
        List<SandboxInfo.Language> languages = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            languages.add(new SandboxInfo.Language(in.str(), in.strings(), in.str(), in.bool()));
        }
        return new SandboxInfo(
                kernelRelease,
                hostName,
                cpus,
                memoryBytes,
                memoryLimit,
                memoryUsed,
                diskBytes,
                diskUsed,
                processes,
                processLimit,
                uptime,
                clock,
                languages);
    }

    private static <T> T oneOf(T[] values, int index) throws ProtocolException {
        if (index >= values.length) {
            throw new ProtocolException(
                    "a value of " + index + " where there are " + values.length);
        }
        return values[index];
    }

    /** Limits a time span so that its conversion cannot overflow. The guest may send any value. */
    private static long bounded(long span) {
        return Math.min(span, Long.MAX_VALUE / 1_000_000);
    }

    private static Instant instant(long nanos) {
        return Instant.ofEpochSecond(
                Math.floorDiv(nanos, NANOS_PER_SECOND), Math.floorMod(nanos, NANOS_PER_SECOND));
    }
}
