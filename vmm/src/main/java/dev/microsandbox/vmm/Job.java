package dev.microsandbox.vmm;

import java.time.Instant;

/**
 * A command that runs in a guest without anybody waiting for it.
 *
 * @param id its name: lower-case letters, digits and hyphens, at most 32. No other job has it, in
 *     this sandbox or, in all likelihood, in another
 * @param label what its starter has called it, at most 200 bytes
 * @param exit how it ended; {@link Exit.Kind#RUNNING} until its command has exited and its output
 *     is in the log. {@link Exit#stdoutBytes} counts the log, with both streams in it, as far as
 *     there was room for it; {@link Exit#logPath} is empty where the log has no name
 * @param started by the guest's wall clock
 * @param stopped whether somebody has sent it a signal with {@link SandboxJobs#stop}
 * @param processesLeft whether it has ended and something that it started still runs
 * @param omittedTo where the part of the log that was too much to keep ends; 0 if all was kept. It
 *     begins at {@link SandboxJobs#LOG_HEAD}
 * @param dropped bytes that are not in the log because the guest's disk was full
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

    /** Whether its command runs, or its output is still being read. */
    public boolean isRunning() {
        return exit.kind() == Exit.Kind.RUNNING;
    }

    /** The length of its log, what is left out of the middle included. */
    public long logBytes() {
        return exit.stdoutBytes();
    }
}
