package dev.microsandbox.mcp.command;

import dev.microsandbox.vmm.Exit;

/** What the program's exit codes mean. */
public final class ExitCode {

    public static final int OK = 0;
    public static final int FAILED = 1;

    /** The command line is wrong. */
    public static final int USAGE = 2;

    /** As {@code timeout(1)} has it. */
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
