package dev.microsandbox.vmm.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * SIGURG as a kick for one thread. It is blocked there, so that it stays pending until a call that
 * lets it through, which is KVM_RUN with its own signal mask; no handler is installed. The JVM uses
 * no SIGURG, and one that is left pending when a thread ends is ignored by default.
 */
public final class ThreadSignals {

    /** asm/signal.h. */
    private static final int SIGURG = 23;

    private static final int SIG_BLOCK = 0;

    /** sigset_t of the C library, of which the kernel looks at the first 8 bytes. */
    private static final int SIGSET_BYTES = 128;

    private static final long SIGURG_BIT = 1L << (SIGURG - 1);

    /** All signals but SIGURG, as the kernel's sigset_t: the mask that KVM_RUN is to use. */
    public static final long ALL_BUT_KICK = ~SIGURG_BIT;

    private static final MemorySegment KICK_SET = kickSet();

    /** struct timespec of zero. */
    private static final MemorySegment NO_TIME = Arena.global().allocate(16, 8);

    private ThreadSignals() {}

    private static MemorySegment kickSet() {
        MemorySegment set = Arena.global().allocate(SIGSET_BYTES, 8);
        set.set(ValueLayout.JAVA_LONG, 0, SIGURG_BIT);
        return set;
    }

    /** This thread's id in the kernel: gettid(2). For platform threads. */
    public static int currentThread() {
        return LibC.gettid();
    }

    /** Makes kicks of the calling platform thread stay pending. */
    public static void holdKicks() throws LinuxException {
        int result = LibC.pthreadSigmask(SIG_BLOCK, KICK_SET);
        if (result < 0) {
            throw new LinuxException("pthread_sigmask(SIG_BLOCK, SIGURG)", -result);
        }
    }

    /** Takes back a pending kick of the calling thread, if there is one. */
    public static void takeKick() {
        while (LibC.sigtimedwait(KICK_SET, NO_TIME) == -Errno.EINTR) {
            // Another signal was handled meanwhile.
        }
    }

    /**
     * Kicks a thread of this process. The caller makes sure that it has not ended, since its id may
     * then be another thread's.
     */
    public static void kick(int thread) throws LinuxException {
        int result = LibC.tgkill((int) ProcessHandle.current().pid(), thread, SIGURG);
        if (result < 0) {
            throw new LinuxException("tgkill(thread %d, SIGURG)".formatted(thread), -result);
        }
    }
}
