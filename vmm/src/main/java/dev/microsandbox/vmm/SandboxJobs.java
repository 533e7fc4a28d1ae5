package dev.microsandbox.vmm;

import java.time.Duration;
import java.util.List;

/**
 * Commands that run in a guest in the background. They and their output are part of the computer,
 * so they are also part of its checkpoints and of computers started from those. At most 32 run at a
 * time; the newest 100 are known. Thread-safe.
 *
 * <p>For an unknown id, methods throw a {@link GuestException} with {@link GuestException#ESRCH}.
 */
public interface SandboxJobs {

    /** The size of the beginning of a log that is always kept, in bytes. */
    long LOG_HEAD = 6L << 20;

    /** The most bytes that one {@link #read} returns. */
    int MAX_READ = 60 * 1024;

    /** The longest wait of one {@link #read}. */
    Duration MAX_WAIT = Duration.ofHours(1);

    /** The longest label, in bytes of UTF-8. */
    int MAX_LABEL = 200;

    /**
     * Starts a command with empty input. Its output is kept in a log of at most 16 MiB, which holds
     * the beginning and the end.
     *
     * @param request without stdin; its log threshold is ignored
     * @param label a text that describes the job
     * @return the id of the job
     * @throws GuestException if the command cannot be executed; {@link GuestException#EBUSY} if 32
     *     jobs are running
     */
    String start(ExecRequest request, String label) throws InterruptedException;

    /**
     * Reads a job's output.
     *
     * @param offset where in the log to begin; an offset in the part that was not kept stands for
     *     the end of that part
     * @param most the most bytes to read, 0 to {@link #MAX_READ}
     * @param wait how long to wait until there is output beyond {@code offset}, or the job has
     *     ended; zero to {@link #MAX_WAIT}
     */
    JobOutput read(String id, long offset, int most, Duration wait) throws InterruptedException;

    /**
     * Sends a signal to all processes of a job, also to those that it left running. Does not wait
     * for its effect.
     *
     * @param signal 1 to 64; 0 for SIGTERM and, 2 s later, SIGKILL for remaining processes
     */
    Job stop(String id, int signal) throws InterruptedException;

    /** All known jobs, oldest first. */
    List<Job> list() throws InterruptedException;
}
