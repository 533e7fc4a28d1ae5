package dev.microsandbox.vmm.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * The C library's functions, one method each. A method returns its function's result, or the
 * negated errno. The classes that call it turn an errno into an exception. No downcall is linked as
 * {@code critical}, because most of these functions can block.
 */
@SuppressWarnings("restricted") // granted to this module by --enable-native-access
final class LibC {

    private static final Linker LINKER = Linker.nativeLinker();

    private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CALL_STATE.varHandle(PathElement.groupElement("errno"));

    /** The segment into which a thread's calls write their errno. */
    private static final ThreadLocal<MemorySegment> STATE =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(CALL_STATE));

    private static final Linker.Option[] PLAIN = {Linker.Option.captureCallState("errno")};

    private static final MethodHandle OPEN =
            variadic("open", 2, FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
    private static final MethodHandle CLOSE =
            plain("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle IOCTL =
            variadic("ioctl", 2, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle IOCTL_POINTER =
            variadic("ioctl", 2, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS));
    private static final MethodHandle FCNTL =
            variadic("fcntl", 2, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final MethodHandle MMAP =
            plain(
                    "mmap",
                    FunctionDescriptor.of(
                            JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT,
                            JAVA_LONG));
    private static final MethodHandle MUNMAP =
            plain("munmap", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle MADVISE =
            plain("madvise", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
    private static final MethodHandle MEMFD_CREATE =
            plain("memfd_create", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle FTRUNCATE =
            plain("ftruncate", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final MethodHandle LINKAT =
            plain(
                    "linkat",
                    FunctionDescriptor.of(
                            JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle FALLOCATE =
            plain(
                    "fallocate",
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle FDATASYNC =
            plain("fdatasync", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle FSYNC =
            plain("fsync", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle LSEEK =
            plain("lseek", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT));
    private static final MethodHandle WRITE =
            plain("write", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle PREADV =
            plain(
                    "preadv",
                    FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT, JAVA_LONG));
    private static final MethodHandle PWRITEV =
            plain(
                    "pwritev",
                    FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT, JAVA_LONG));
    private static final MethodHandle EVENTFD =
            plain("eventfd", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle EPOLL_CREATE1 =
            plain("epoll_create1", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle EPOLL_CTL =
            plain(
                    "epoll_ctl",
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle EPOLL_WAIT =
            plain(
                    "epoll_wait",
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
    private static final MethodHandle GETTID = plain("gettid", FunctionDescriptor.of(JAVA_INT));
    private static final MethodHandle TGKILL =
            plain("tgkill", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle SETPRIORITY =
            plain("setpriority", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle PTHREAD_SIGMASK =
            plain("pthread_sigmask", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
    private static final MethodHandle SIGTIMEDWAIT =
            plain("sigtimedwait", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS));
    private static final MethodHandle PRCTL =
            variadic(
                    "prctl",
                    1,
                    FunctionDescriptor.of(
                            JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle SYSCALL =
            variadic(
                    "syscall",
                    1,
                    FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS));

    /** seccomp(2) has no function in the C library: asm/unistd_64.h. */
    private static final long SECCOMP = 317;

    private LibC() {}

    /** open(2). */
    static int open(MemorySegment path, int flags, int mode) {
        return call(state -> (int) OPEN.invokeExact(state, path, flags, mode));
    }

    /** linkat(2). */
    static int linkat(
            int fromDirectory, MemorySegment from, int toDirectory, MemorySegment to, int flags) {
        return call(
                state ->
                        (int)
                                LINKAT.invokeExact(
                                        state, fromDirectory, from, toDirectory, to, flags));
    }

    /** close(2). */
    static int close(int fd) {
        return call(state -> (int) CLOSE.invokeExact(state, fd));
    }

    // A vCPU enters its guest by ioctl. Without the helper's lambda, the call allocates nothing
    // even before the JIT compiler has compiled it.

    /** ioctl(2) whose argument is a number. */
    static int ioctl(int fd, long request, long argument) {
        MemorySegment state = STATE.get();
        int result;
        try {
            result = (int) IOCTL.invokeExact(state, fd, request, argument);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
        return result(state, result);
    }

    /** ioctl(2) whose argument points to a structure. */
    static int ioctl(int fd, long request, MemorySegment argument) {
        MemorySegment state = STATE.get();
        int result;
        try {
            result = (int) IOCTL_POINTER.invokeExact(state, fd, request, argument);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
        return result(state, result);
    }

    /** fcntl(2). */
    static int fcntl(int fd, int command, long argument) {
        return call(state -> (int) FCNTL.invokeExact(state, fd, command, argument));
    }

    /**
     * mmap(2).
     *
     * @param address where to map; 0 lets the kernel choose
     */
    static long mmap(long address, long length, int protection, int flags, int fd, long offset) {
        return longCall(
                state ->
                        (long)
                                MMAP.invokeExact(
                                        state, address, length, protection, flags, fd, offset));
    }

    /** munmap(2). */
    static int munmap(long address, long length) {
        return call(state -> (int) MUNMAP.invokeExact(state, address, length));
    }

    /** madvise(2). */
    static int madvise(long address, long length, int advice) {
        return call(state -> (int) MADVISE.invokeExact(state, address, length, advice));
    }

    /** memfd_create(2). */
    static int memfdCreate(MemorySegment name, int flags) {
        return call(state -> (int) MEMFD_CREATE.invokeExact(state, name, flags));
    }

    /** ftruncate(2). */
    static int ftruncate(int fd, long length) {
        return call(state -> (int) FTRUNCATE.invokeExact(state, fd, length));
    }

    /** fallocate(2). */
    static int fallocate(int fd, int mode, long offset, long length) {
        return call(state -> (int) FALLOCATE.invokeExact(state, fd, mode, offset, length));
    }

    /** fdatasync(2). */
    static int fdatasync(int fd) {
        return call(state -> (int) FDATASYNC.invokeExact(state, fd));
    }

    /** fsync(2). */
    static int fsync(int fd) {
        return call(state -> (int) FSYNC.invokeExact(state, fd));
    }

    /** lseek(2). */
    static long lseek(int fd, long offset, int whence) {
        return longCall(state -> (long) LSEEK.invokeExact(state, fd, offset, whence));
    }

    /** write(2). */
    static long write(int fd, MemorySegment from, long length) {
        return longCall(state -> (long) WRITE.invokeExact(state, fd, from, length));
    }

    /** preadv(2). */
    static long preadv(int fd, MemorySegment vectors, int count, long offset) {
        return longCall(state -> (long) PREADV.invokeExact(state, fd, vectors, count, offset));
    }

    /** pwritev(2). */
    static long pwritev(int fd, MemorySegment vectors, int count, long offset) {
        return longCall(state -> (long) PWRITEV.invokeExact(state, fd, vectors, count, offset));
    }

    /** eventfd(2). */
    static int eventfd(int initial, int flags) {
        return call(state -> (int) EVENTFD.invokeExact(state, initial, flags));
    }

    /** epoll_create1(2). */
    static int epollCreate1(int flags) {
        return call(state -> (int) EPOLL_CREATE1.invokeExact(state, flags));
    }

    /** epoll_ctl(2). */
    static int epollCtl(int epoll, int operation, int fd, MemorySegment event) {
        return call(state -> (int) EPOLL_CTL.invokeExact(state, epoll, operation, fd, event));
    }

    /** epoll_wait(2). */
    static int epollWait(int epoll, MemorySegment events, int most, int timeoutMillis) {
        return call(
                state -> (int) EPOLL_WAIT.invokeExact(state, epoll, events, most, timeoutMillis));
    }

    /** gettid(2). */
    static int gettid() {
        return call(state -> (int) GETTID.invokeExact(state));
    }

    /** tgkill(2). */
    static int tgkill(int process, int thread, int signal) {
        return call(state -> (int) TGKILL.invokeExact(state, process, thread, signal));
    }

    /** setpriority(2). */
    static int setpriority(int which, int who, int priority) {
        return call(state -> (int) SETPRIORITY.invokeExact(state, which, who, priority));
    }

    /** pthread_sigmask(3), which returns its error number instead of setting errno. */
    static int pthreadSigmask(int how, MemorySegment set) {
        return -call(
                state -> (int) PTHREAD_SIGMASK.invokeExact(state, how, set, MemorySegment.NULL));
    }

    /** sigtimedwait(2) without asking for details. */
    static int sigtimedwait(MemorySegment set, MemorySegment timeout) {
        return call(
                state -> (int) SIGTIMEDWAIT.invokeExact(state, set, MemorySegment.NULL, timeout));
    }

    /** prctl(2) with one argument. The kernel wants the unused arguments to be 0. */
    static int prctl(int option, long argument) {
        return call(state -> (int) PRCTL.invokeExact(state, option, argument, 0L, 0L, 0L));
    }

    /** seccomp(2). */
    static long seccomp(long operation, long flags, MemorySegment arguments) {
        return longCall(
                state -> (long) SYSCALL.invokeExact(state, SECCOMP, operation, flags, arguments));
    }

    /** A function that returns an int. */
    @FunctionalInterface
    interface IntFunction {
        int call(MemorySegment state) throws Throwable;
    }

    /** A function that returns a long. */
    @FunctionalInterface
    interface LongFunction {
        long call(MemorySegment state) throws Throwable;
    }

    static int call(IntFunction function) {
        MemorySegment state = STATE.get();
        int result;
        try {
            result = function.call(state);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
        return result(state, result);
    }

    static long longCall(LongFunction function) {
        MemorySegment state = STATE.get();
        long result;
        try {
            result = function.call(state);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
        return result(state, result);
    }

    private static int result(MemorySegment state, int result) {
        return result == -1 ? -(int) ERRNO.get(state, 0L) : result;
    }

    private static long result(MemorySegment state, long result) {
        return result == -1 ? -(int) ERRNO.get(state, 0L) : result;
    }

    static MethodHandle plain(String name, FunctionDescriptor type) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), type, PLAIN);
    }

    /** A function with "..." in its declaration from argument {@code first} on. */
    private static MethodHandle variadic(String name, int first, FunctionDescriptor type) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name),
                type,
                Linker.Option.captureCallState("errno"),
                Linker.Option.firstVariadicArg(first));
    }
}
