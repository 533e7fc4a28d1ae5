package dev.microsandbox.vmm.confine;

import dev.microsandbox.vmm.linux.Errno;
import dev.microsandbox.vmm.linux.SeccompFilter;
import java.io.IOException;

/**
 * The system calls that this process denies itself for good, in all of its threads and in every
 * program that it starts. Denied calls fail with EPERM. Also denied are calls of other
 * architectures, all sockets but those of Unix, IPv4 and IPv6 (TCP and UDP), and naming another
 * process as the one that a file signals.
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

    /** These choose the process that a socket or a terminal signals: asm-generic/sockios.h. */
    private static final int FIOSETOWN = 0x8901;

    private static final int SIOCSPGRP = 0x8902;

    /** chattr(1), of a file that is open for reading: linux/fs.h. */
    private static final int FS_IOC_SETFLAGS = 0x4008_6602;

    private static final int FS_IOC_FSSETXATTR = 0x401c_5820;

    /** These choose the process that a file signals, and by which signal: asm-generic/fcntl.h. */
    private static final int F_SETOWN = 8;

    private static final int F_SETSIG = 10;
    private static final int F_SETOWN_EX = 15;

    /** linux/prctl.h. A server ends with its launcher. */
    private static final int PR_SET_PDEATHSIG = 1;

    private static final int AF_UNIX = 1;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;

    /** The C library asks the kernel for its addresses over it. */
    private static final int AF_NETLINK = 16;

    private static final int NETLINK_ROUTE = 0;

    private static final int SOCKET_TYPE = 0xf;
    private static final int SOCK_STREAM = 1;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_SEQPACKET = 5;

    private final boolean programs;

    private SystemCallFilter(boolean programs) {
        this.programs = programs;
    }

    /**
     * A filter for a process that starts no programs: it cannot create a process, execute anything,
     * change its user, signal or schedule another process, change the rights of a file, or connect
     * to a Unix socket.
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
                        .ifEqual(SystemCall.FCNTL.number(), fcntl())
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
            program.ifEqual(SystemCall.PRCTL.number(), prctl());
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
                .ifEqual(FIOSETOWN, DENIED)
                .ifEqual(SIOCSPGRP, DENIED)
                .ifEqual(FS_IOC_SETFLAGS, DENIED)
                .ifEqual(FS_IOC_FSSETXATTR, DENIED)
                .verdict(FilterProgram.ALLOW);
    }

    /** The kernel signals a file's owner as if the process that named it had done so. */
    private static FilterProgram fcntl() {
        return new FilterProgram()
                .loadArgument(1)
                .ifEqual(F_SETOWN, DENIED)
                .ifEqual(F_SETSIG, DENIED)
                .ifEqual(F_SETOWN_EX, DENIED)
                .verdict(FilterProgram.ALLOW);
    }

    private static FilterProgram prctl() {
        return new FilterProgram()
                .loadArgument(0)
                .ifEqual(PR_SET_PDEATHSIG, DENIED)
                .verdict(FilterProgram.ALLOW);
    }

    private FilterProgram threads() {
        FilterProgram program =
                new FilterProgram().loadArgument(0).ifAnyBit(NEW_NAMESPACES, DENIED);
        return programs
                ? program.verdict(FilterProgram.ALLOW)
                : program.ifAnyBit(CLONE_THREAD, FilterProgram.ALLOW).verdict(DENIED);
    }

    /**
     * Landlock lets a process connect to any Unix socket that its user may write to, and behind
     * some a service obeys its user: systemd, a container engine. A filter cannot see the address.
     * Pairs are enough for what this process starts.
     */
    private FilterProgram socket() {
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
                .ifEqual(AF_UNIX, programs ? FilterProgram.ALLOW : DENIED)
                .ifEqual(AF_INET, noRawSocket)
                .ifEqual(AF_INET6, noRawSocket)
                .ifEqual(AF_NETLINK, routes)
                .verdict(DENIED);
    }

    /** Sockets of datagrams can leave their peer, and connect elsewhere. */
    private FilterProgram socketPair() {
        FilterProgram connected =
                new FilterProgram()
                        .loadArgument(1)
                        .mask(SOCKET_TYPE)
                        .ifEqual(SOCK_STREAM, FilterProgram.ALLOW)
                        .ifEqual(SOCK_SEQPACKET, FilterProgram.ALLOW)
                        .verdict(programs ? FilterProgram.ALLOW : DENIED);
        return new FilterProgram().loadArgument(0).ifEqual(AF_UNIX, connected).verdict(DENIED);
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
