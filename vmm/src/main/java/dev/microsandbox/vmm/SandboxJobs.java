package dev.microsandbox.vmm;

import java.time.Duration;
import java.util.List;

/**
 * Commands that run in a guest without anybody waiting for them. They and their output are part of
 * the computer: they are in its checkpoints, and in what goes on from these. At most 32 run at a
 * time; the newest 100 are known. Thread-safe.
 *
 * <p>An id that no job has gives {@link GuestException#ESRCH}.
 */
public interface SandboxJobs {

    /** Bytes of the beginning of a log that are kept, however long it gets. */
    long LOG_HEAD = 6L << 20;

    /** The most bytes that one {@link #read} gives. */
    int MAX_READ = 60 * 1024;

    /** The longest wait of one {@link #read}. */
    Duration MAX_WAIT = Duration.ofHours(1);

    /** The longest label, in bytes of UTF-8. */
    int MAX_LABEL = 200;

    /**
     * Starts a command whose input is empty and whose output is kept in a log of at most 16 MiB:
     * the beginning, and the end.
     *
     * @param request without stdin; its log threshold does not matter
     * @param label what to call it
     * @return the id of the job
     * @throws GuestException if the command cannot be executed; {@link GuestException#EBUSY} if 32
     *     jobs are running
     */
    String start(ExecRequest request, String label) throws InterruptedException;

    /**
     * Reads a job's output.
     *
     * @param offset where in the log to begin; in the part that was not kept stands for its end
     * @param most bytes to read, 0 to {@link #MAX_READ}
     * @param wait how long to wait until there is output beyond {@code offset}, or the job has
     *     ended; zero to {@link #MAX_WAIT}
     */
    JobOutput read(String id, long offset, int most, Duration wait) throws InterruptedException;

    /**
     * Sends a signal to all processes of a job, also to those that it left running. Does not wait
     * for what comes of it.
     *
     * @param signal 1 to 64; 0 for SIGTERM and, 2 s later, SIGKILL for what is left
     */
    Job stop(String id, int signal) throws InterruptedException;

    /** All that are known, the oldest first. */
    List<Job> list() throws InterruptedException;
}
