package dev.microsandbox.vmm.confine;

import dev.microsandbox.vmm.linux.Errno;
import dev.microsandbox.vmm.linux.SeccompFilter;
import java.io.IOException;

/**
 * The system calls that this process denies itself for good, in all of its threads and in every
 * program that it starts. Denied calls fail with EPERM. Also denied are calls of other
 * architectures, and all sockets but those of Unix, IPv4 and IPv6 (TCP and UDP).
 */
public final class SystemCallFilter {

    /** AUDIT_ARCH_X86_64: linux/audit.h. */
    private static final int X86_64 = 0xc000_003e;

    /** Calls of the x32 interface have this bit in their number. */
    private static final int X32_BIT = 0x4000_0000;

    private static final int DENIED = FilterProgram.errno(Errno.EPERM);

    /** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET: linux/sched.h. */
    private static final int NEW_NAMESPACES = 0x7e02_0000;

    private static final int CLONE_THREAD = 0x0001_0000;

    /** These ioctls type into a terminal: asm-generic/ioctls.h. */
    private static final int TIOCSTI = 0x5412;

    private static final int TIOCLINUX = 0x541c;

    private static final int AF_UNIX = 1;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;

    /** The C library asks the kernel for its addresses over it. */
    private static final int AF_NETLINK = 16;

    private static final int NETLINK_ROUTE = 0;

    private static final int SOCKET_TYPE = 0xf;
    private static final int SOCK_STREAM = 1;
    private static final int SOCK_DGRAM = 2;

    private final boolean programs;

    private SystemCallFilter(boolean programs) {
        this.programs = programs;
    }

    /**
     * A filter for a process that starts no programs: it cannot create a process, execute anything,
     * change its user, or signal another process.
     */
    public static SystemCallFilter withoutPrograms() {
        return new SystemCallFilter(false);
    }

    /** A filter for a process that starts programs, such as QEMU. */
    public static SystemCallFilter withPrograms() {
        return new SystemCallFilter(true);
    }

    /**
     * Installs the filter in all threads, together with no_new_privs. There is no way back.
     *
     * @throws IOException if the kernel refuses; no thread has got the filter then
     */
    public void install() throws IOException {
        SeccompFilter.install(instructions(ProcessHandle.current().pid()));
    }

    /**
     * The filter as a BPF program. The calls that a machine makes all the time come first.
     *
     * @param process the only process that may be signalled, if there are no programs
     */
    long[] instructions(long process) {
        FilterProgram program =
                new FilterProgram()
                        .loadArchitecture()
                        .unlessEqual(X86_64, DENIED)
                        .loadNumber()
                        .ifEqual(SystemCall.IOCTL.number(), ioctl())
                        .ifAtLeast(X32_BIT, DENIED)
                        .ifEqual(SystemCall.CLONE.number(), threads())
                        // EPERM would make the C library give up. After ENOSYS it uses clone().
                        .ifEqual(SystemCall.CLONE3.number(), FilterProgram.errno(Errno.ENOSYS))
                        .ifEqual(SystemCall.SOCKET.number(), socket())
                        .ifEqual(SystemCall.SOCKETPAIR.number(), socketPair())
                        .ifEqual(SystemCall.PRLIMIT64.number(), ownLimits());
        for (SystemCall call : SystemCall.NEVER_NEEDED) {
            program.ifEqual(call.number(), DENIED);
        }
        if (!programs) {
            program.ifEqual(SystemCall.TGKILL.number(), ownThreads((int) process));
            for (SystemCall call : SystemCall.FOR_PROGRAMS) {
                program.ifEqual(call.number(), DENIED);
            }
        }
        return program.verdict(FilterProgram.ALLOW).instructions();
    }

    private static FilterProgram ioctl() {
        return new FilterProgram()
                .loadArgument(1)
                .ifEqual(TIOCSTI, DENIED)
                .ifEqual(TIOCLINUX, DENIED)
                .verdict(FilterProgram.ALLOW);
    }

    private FilterProgram threads() {
        FilterProgram program =
                new FilterProgram().loadArgument(0).ifAnyBit(NEW_NAMESPACES, DENIED);
        return programs
                ? program.verdict(FilterProgram.ALLOW)
                : program.ifAnyBit(CLONE_THREAD, FilterProgram.ALLOW).verdict(DENIED);
    }

    private static FilterProgram socket() {
        FilterProgram noRawSocket =
                new FilterProgram()
                        .loadArgument(1)
                        .mask(SOCKET_TYPE)
                        .ifEqual(SOCK_STREAM, FilterProgram.ALLOW)
                        .ifEqual(SOCK_DGRAM, FilterProgram.ALLOW)
                        .verdict(DENIED);
        FilterProgram routes =
                new FilterProgram()
                        .loadArgument(2)
                        .ifEqual(NETLINK_ROUTE, FilterProgram.ALLOW)
                        .verdict(DENIED);
        return new FilterProgram()
                .loadArgument(0)
                .ifEqual(AF_UNIX, FilterProgram.ALLOW)
                .ifEqual(AF_INET, noRawSocket)
                .ifEqual(AF_INET6, noRawSocket)
                .ifEqual(AF_NETLINK, routes)
                .verdict(DENIED);
    }

    private static FilterProgram socketPair() {
        return new FilterProgram()
                .loadArgument(0)
                .ifEqual(AF_UNIX, FilterProgram.ALLOW)
                .verdict(DENIED);
    }

    private static FilterProgram ownLimits() {
        return new FilterProgram().loadArgument(0).ifEqual(0, FilterProgram.ALLOW).verdict(DENIED);
    }

    private static FilterProgram ownThreads(int process) {
        return new FilterProgram()
                .loadArgument(0)
                .ifEqual(process, FilterProgram.ALLOW)
                .verdict(DENIED);
    }
}
