package dev.microsandbox.mcp.cli;

import dev.microsandbox.vmm.Exit;

/** What the program's exit codes mean. */
final class ExitCode {

    static final int OK = 0;
    static final int FAILED = 1;

    /** The command line is wrong. */
    static final int USAGE = 2;

    /** As {@code timeout(1)} has it. */
    static final int TIMED_OUT = 124;

    private ExitCode() {}

    /** The code of a process, as a shell reports it: 128 and the number of a signal. */
    static int of(Exit exit) {
        if (exit.timedOut()) {
            return TIMED_OUT;
        }
        return exit.kind() == Exit.Kind.SIGNALED ? 128 + exit.code() : exit.code();
    }
}
