package dev.microsandbox.vmm;

import java.time.Duration;

/**
 * How a process ended and what it used.
 *
 * @param kind what {@code code} means
 * @param code exit code or signal number
 * @param timedOut whether the time-out came first
 * @param memoryKills how many of its processes the guest's kernel killed for want of memory
 * @param memoryVictim the newest of those
 * @param wallTime from start to end, by the guest's monotonic clock
 * @param stdoutBytes bytes printed to standard output
 * @param stderrBytes bytes printed to standard error
 * @param logPath the guest file with all output; empty where there is none
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
        /** Only for {@link Sandbox#run}: the interpreter lives on. */
        RUNNING
    }

    /** Whether it exited by itself with code 0. */
    public boolean isSuccess() {
        return kind == Kind.EXITED && code == 0 && !timedOut;
    }
}
