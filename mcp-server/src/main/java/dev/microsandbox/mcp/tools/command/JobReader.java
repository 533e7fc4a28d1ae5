package dev.microsandbox.mcp.tools.command;

import dev.microsandbox.mcp.tools.definition.ToolException;
import dev.microsandbox.mcp.tools.output.CapturedText;
import dev.microsandbox.mcp.tools.output.TextCapture;
import dev.microsandbox.mcp.tools.output.Utf8;
import dev.microsandbox.mcp.tools.result.ErrorText;
import dev.microsandbox.vmm.Job;
import dev.microsandbox.vmm.JobOutput;
import dev.microsandbox.vmm.SandboxJobs;
import java.time.Duration;
import java.util.Arrays;

/** Reads a job's log in parts that can be shown. */
final class JobReader {

    /** Maximum number of bytes of a log in one result. */
    static final int LIMIT = TextCapture.DEFAULT_LIMIT;

    /** The number of bytes that a visible control character or invalid byte takes. */
    private static final int EXPANSION = 3;

    private static final int HEAD = LIMIT * 2 / 5;
    private static final int TAIL = LIMIT - HEAD;

    /**
     * An offset that no log reaches. A read from there returns nothing and waits only for the end.
     */
    private static final long NEVER = Long.MAX_VALUE;

    private JobReader() {}

    /** Waits for the job's end. If it does not come in time, returns the running job. */
    static Job awaitEnd(SandboxJobs jobs, String id, Duration wait) throws InterruptedException {
        return jobs.read(id, NEVER, 0, wait).job();
    }

    /**
     * Reads the beginning and the end of a log.
     *
     * @param wait how long to wait for new output
     */
    static JobLog ends(SandboxJobs jobs, String id, Duration wait) throws InterruptedException {
        if (wait.isPositive()) {
            long known = awaitEnd(jobs, id, Duration.ZERO).logBytes();
            jobs.read(id, known, 0, wait);
        }
        JobOutput start = jobs.read(id, 0, LIMIT, Duration.ZERO);
        long size = start.job().logBytes();
        if (size <= start.bytes().length) {
            return window(start, 0);
        }
        byte[] head =
                whole(Arrays.copyOf(start.bytes(), Math.min(HEAD, start.bytes().length)), true);
        JobOutput end = jobs.read(id, Math.max(size - TAIL, head.length), TAIL, Duration.ZERO);
        byte[] bytes = end.bytes();
        int skipped = Utf8.restOfCharacter(bytes);
        byte[] tail = Arrays.copyOfRange(bytes, skipped, bytes.length);
        if (end.job().isRunning()) {
            tail = whole(tail, true);
        }
        long from = end.offset() + skipped;
        String text =
                ended(shown(head, HEAD)) + gap(end.job(), head.length, from) + shown(tail, TAIL);
        return new JobLog(end.job(), text, from + tail.length);
    }

    /**
     * Reads a log from an offset on.
     *
     * @param wait how long to wait for output at that offset
     * @throws ToolException if the offset is beyond the log
     */
    static JobLog from(SandboxJobs jobs, String id, long offset, Duration wait)
            throws InterruptedException {
        Job job = awaitEnd(jobs, id, Duration.ZERO);
        if (offset > job.logBytes()) {
            throw new ToolException(
                    "offset %d is beyond the job's output, which has %d bytes%s. Take the next_offset of the result before, or leave it out."
                            .formatted(offset, job.logBytes(), job.isRunning() ? " so far" : ""));
        }
        return window(jobs.read(id, offset, LIMIT, wait), offset);
    }

    private static JobLog window(JobOutput output, long wanted) {
        Job job = output.job();
        byte[] bytes = cut(output.bytes(), output.offset(), job);
        CapturedText text = TextCapture.of(bytes, LIMIT);
        if (text.isTruncated()) {
            bytes = cut(Arrays.copyOf(bytes, bytes.length / EXPANSION), output.offset(), job);
            text = TextCapture.of(bytes, LIMIT);
        }
        String lost =
                output.offset() > wanted && bytes.length > 0
                        ? gap(job, wanted, output.offset())
                        : "";
        long next = output.offset() + bytes.length;
        return new JobLog(job, lost + text.shown(""), next);
    }

    /**
     * Cuts the bytes at the end of a line, or at least of a character, if more bytes follow or may
     * follow.
     */
    private static byte[] cut(byte[] bytes, long offset, Job job) {
        boolean more = offset + bytes.length < job.logBytes();
        for (int i = bytes.length; more && i > bytes.length / 2; i--) {
            if (bytes[i - 1] == '\n') {
                return Arrays.copyOf(bytes, i);
            }
        }
        return more || job.isRunning() ? whole(bytes, !more) : bytes;
    }

    /**
     * The bytes without an incomplete character at their end.
     *
     * @param orNothing whether the result may be empty; if more bytes follow it must not be, so
     *     that the reader advances
     */
    private static byte[] whole(byte[] bytes, boolean orNothing) {
        int end = Utf8.wholeCharacters(bytes);
        return end > 0 || orNothing ? Arrays.copyOf(bytes, end) : bytes;
    }

    private static String shown(byte[] bytes, int limit) {
        return TextCapture.of(bytes, limit).shown("");
    }

    private static String ended(String text) {
        return text.isEmpty() || text.endsWith("\n") ? text : text + "\n";
    }

    private static String gap(Job job, long from, long to) {
        long lost = Math.min(to, job.omittedTo()) - Math.max(from, SandboxJobs.LOG_HEAD);
        String kept = from < SandboxJobs.LOG_HEAD || to > job.omittedTo() ? "" : " and not kept";
        String where =
                !kept.isEmpty() || job.exit().logPath().isEmpty()
                        ? ""
                        : "; log: " + ErrorText.bounded(job.exit().logPath());
        String some = kept.isEmpty() && lost > 0 ? ", %d of them not kept".formatted(lost) : "";
        return "[… %d bytes omitted%s%s: offset %d to %d%s …]\n"
                .formatted(to - from, kept, some, from, to, where);
    }
}
