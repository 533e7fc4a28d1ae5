package dev.microsandbox.mcp.command;

import dev.microsandbox.vmm.Exit;

/** The program's exit codes. */
public final class ExitCode {

    public static final int OK = 0;
    public static final int FAILED = 1;

    /** The command line is wrong. */
    public static final int USAGE = 2;

    /**
     * The process could not get what it needs to go on, such as a thread or memory. The same code
     * as {@code EX_TEMPFAIL} of sysexits(3): starting it again may help.
     */
    public static final int EXHAUSTED = 75;

    /** The same code as {@code timeout(1)} uses. */
    static final int TIMED_OUT = 124;

    private ExitCode() {}

    /** The code of a process, as a shell reports it: 128 and the number of a signal. */
    public static int of(Exit exit) {
        if (exit.timedOut()) {
            return TIMED_OUT;
        }
        return exit.kind() == Exit.Kind.SIGNALED ? 128 + exit.code() : exit.code();
    }
}
