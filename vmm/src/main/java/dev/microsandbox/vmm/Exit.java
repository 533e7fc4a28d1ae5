package dev.microsandbox.vmm;

import java.time.Duration;

/**
 * How a process ended, and what it used.
 *
 * @param kind says what {@code code} means
 * @param code exit code or signal number
 * @param timedOut whether the time-out ended it
 * @param memoryKills how many of its processes the guest's kernel killed because memory ran out
 * @param memoryVictim the last process killed so
 * @param wallTime from start to end, by the guest's monotonic clock
 * @param stdoutBytes bytes printed to standard output
 * @param stderrBytes bytes printed to standard error
 * @param logPath path of the guest's file with all output; empty if there is none
 */
public record Exit(
        Kind kind,
        int code,
        boolean timedOut,
        int memoryKills,
        MemoryVictim memoryVictim,
        Duration wallTime,
        long stdoutBytes,
        long stderrBytes,
        String logPath) {

    /** How a process can end. */
    public enum Kind {
        EXITED,
        SIGNALED,
        /** The interpreter still runs after {@link Sandbox#run}, or a {@link Job} has not ended. */
        RUNNING
    }

    /** Whether it exited by itself with code 0. */
    public boolean isSuccess() {
        return kind == Kind.EXITED && code == 0 && !timedOut;
    }
}
