package dev.microsandbox.vmm.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The C library's functions of sockets and pipes: see {@link LibC}. */
@SuppressWarnings("restricted") // granted to this module by --enable-native-access
final class SocketCalls {

    private static final MethodHandle SOCKETPAIR =
            LibC.plain(
                    "socketpair",
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle SENDMSG =
            LibC.plain("sendmsg", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle RECVMSG =
            LibC.plain("recvmsg", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle SHUTDOWN =
            LibC.plain("shutdown", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle PIPE2 =
            LibC.plain("pipe2", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));

    private SocketCalls() {}

    /** socketpair(2). */
    static int socketpair(int domain, int type, int protocol, MemorySegment pair) {
        return LibC.call(
                state -> (int) SOCKETPAIR.invokeExact(state, domain, type, protocol, pair));
    }

    /** sendmsg(2). */
    static long sendmsg(int fd, MemorySegment message, int flags) {
        return LibC.longCall(state -> (long) SENDMSG.invokeExact(state, fd, message, flags));
    }

    /** recvmsg(2). */
    static long recvmsg(int fd, MemorySegment message, int flags) {
        return LibC.longCall(state -> (long) RECVMSG.invokeExact(state, fd, message, flags));
    }

    /** shutdown(2). */
    static int shutdown(int fd, int how) {
        return LibC.call(state -> (int) SHUTDOWN.invokeExact(state, fd, how));
    }

    /** pipe2(2). */
    static int pipe2(MemorySegment ends, int flags) {
        return LibC.call(state -> (int) PIPE2.invokeExact(state, ends, flags));
    }
}
