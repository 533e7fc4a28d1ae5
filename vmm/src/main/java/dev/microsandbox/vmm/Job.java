package dev.microsandbox.vmm;

import java.time.Instant;

/**
 * A command that runs in a guest in the background.
 *
 * @param id its name: at most 32 lower-case letters, digits and hyphens. Unique in the sandbox and,
 *     with high probability, among all sandboxes
 * @param label given by its starter, at most 200 bytes
 * @param exit how it ended; {@link Exit.Kind#RUNNING} until its command has exited and its output
 *     is in the log. {@link Exit#stdoutBytes} counts the bytes of both streams that were written to
 *     the log; {@link Exit#logPath} is empty if the log has no name
 * @param started start time by the guest's wall clock
 * @param stopped whether it was sent a signal with {@link SandboxJobs#stop}
 * @param processesLeft whether it has ended while a process that it started still runs
 * @param omittedTo the end of the part of the log that was too large to keep; 0 if all was kept.
 *     The part begins at {@link SandboxJobs#LOG_HEAD}
 * @param dropped number of bytes missing from the log because the guest's disk was full
 */
public record Job(
        String id,
        String label,
        Exit exit,
        Instant started,
        boolean stopped,
        boolean processesLeft,
        long omittedTo,
        long dropped) {

    /** Whether its command still runs, or its output is still being read. */
    public boolean isRunning() {
        return exit.kind() == Exit.Kind.RUNNING;
    }

    /** The length of its log in bytes, including the part that is left out of the middle. */
    public long logBytes() {
        return exit.stdoutBytes();
    }
}
