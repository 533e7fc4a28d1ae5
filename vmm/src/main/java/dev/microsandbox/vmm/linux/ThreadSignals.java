package dev.microsandbox.vmm.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Kicks a thread out of KVM_RUN with SIGURG. The thread blocks the signal, so that it stays pending
 * until a call with a mask of its own lets it through, which is KVM_RUN. No handler is installed.
 * The JVM does not use SIGURG. The default action is to ignore it, so one that is still pending
 * when its thread ends does no harm.
 */
public final class ThreadSignals {

    /** asm/signal.h. */
    private static final int SIGURG = 23;

    private static final int SIG_BLOCK = 0;

    /** Size of the C library's sigset_t; the kernel reads its first 8 bytes. */
    private static final int SIGSET_BYTES = 128;

    private static final long SIGURG_BIT = 1L << (SIGURG - 1);

    /** All signals except SIGURG, as the kernel's sigset_t: the signal mask for KVM_RUN. */
    public static final long ALL_BUT_KICK = ~SIGURG_BIT;

    private static final MemorySegment KICK_SET = kickSet();

    /** A struct timespec of zero. */
    private static final MemorySegment NO_TIME = Arena.global().allocate(16, 8);

    private ThreadSignals() {}

    private static MemorySegment kickSet() {
        MemorySegment set = Arena.global().allocate(SIGSET_BYTES, 8);
        set.set(ValueLayout.JAVA_LONG, 0, SIGURG_BIT);
        return set;
    }

    /** The calling thread's id in the kernel: gettid(2). Only for platform threads. */
    public static int currentThread() {
        return LibC.gettid();
    }

    /** Blocks SIGURG in the calling platform thread, so that kicks stay pending. */
    public static void blockKicks() throws LinuxException {
        int result = LibC.pthreadSigmask(SIG_BLOCK, KICK_SET);
        if (result < 0) {
            throw new LinuxException("pthread_sigmask(SIG_BLOCK, SIGURG)", -result);
        }
    }

    /** Consumes a pending kick of the calling thread, if there is one. */
    public static void consumeKick() {
        while (LibC.sigtimedwait(KICK_SET, NO_TIME) == -Errno.EINTR) {
            // Another signal was handled meanwhile.
        }
    }

    /**
     * Kicks a thread of this process. The caller makes sure that the thread has not ended, because
     * the kernel may have given its id to another thread.
     */
    public static void kick(int thread) throws LinuxException {
        int result = LibC.tgkill((int) ProcessHandle.current().pid(), thread, SIGURG);
        if (result < 0) {
            throw new LinuxException("tgkill(thread %d, SIGURG)".formatted(thread), -result);
        }
    }
}
