package dev.microsandbox.vmm.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Installs seccomp(2) filters, which decide about each system call of this process. */
public final class SeccompFilter {

    private static final int PR_SET_NO_NEW_PRIVS = 38;

    private static final long SECCOMP_SET_MODE_FILTER = 1;

    /** All threads of the process get the filter, and no_new_privs with it. */
    private static final long TSYNC = 1 << 0;

    /**
     * Leaves speculative store bypass as it is. Kernels before 5.16 otherwise switch it off for the
     * filtered threads, which costs a JVM a considerable part of its speed, and protects code that
     * reads its own process's memory, which is not what this filter is for.
     */
    private static final long SPEC_ALLOW = 1 << 2;

    /** struct sock_fprog on x86-64: a count of instructions, and a pointer to them. */
    private static final int PROGRAM_BYTES = 16;

    private static final int PROGRAM_INSTRUCTIONS = 8;

    private SeccompFilter() {}

    /**
     * Installs a filter in all threads of this process, for good. It also sets no_new_privs in all
     * of them, without which only a privileged process may install a filter.
     *
     * @param instructions of a classic BPF program (struct sock_filter), in the processor's byte
     *     order
     * @throws LinuxException if the kernel refuses it, or a thread has a filter of its own that the
     *     calling thread lacks; no thread has got the filter then
     */
    public static void install(long[] instructions) throws LinuxException {
        int privileges = LibC.prctl(PR_SET_NO_NEW_PRIVS, 1);
        if (privileges < 0) {
            throw new LinuxException("prctl(PR_SET_NO_NEW_PRIVS)", -privileges);
        }
        try (Arena call = Arena.ofConfined()) {
            MemorySegment program = call.allocate(PROGRAM_BYTES, Long.BYTES);
            program.set(ValueLayout.JAVA_SHORT, 0, (short) instructions.length);
            program.set(
                    ValueLayout.ADDRESS,
                    PROGRAM_INSTRUCTIONS,
                    call.allocateFrom(ValueLayout.JAVA_LONG, instructions));
            long result = LibC.seccomp(SECCOMP_SET_MODE_FILTER, TSYNC | SPEC_ALLOW, program);
            if (result < 0) {
                throw new LinuxException("seccomp(SECCOMP_SET_MODE_FILTER)", (int) -result);
            }
            if (result > 0) {
                throw new LinuxException(
                        "seccomp(SECCOMP_SET_MODE_FILTER): thread "
                                + result
                                + " has another filter",
                        Errno.EBUSY);
            }
        }
    }
}
