package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.linux.Errno;
import dev.microsandbox.vmm.linux.LinuxException;

/** Makes the threads of a machine. */
@FunctionalInterface
interface MachineThreads {

    /** HotSpot's own needs and a shallow stack of ours: there are many such threads. */
    long STACK_BYTES = 256 * 1024;

    /** Platform threads with a small stack, which do not keep the process alive. */
    MachineThreads PLATFORM =
            (name, task) ->
                    Thread.ofPlatform()
                            .name(name)
                            .daemon()
                            .stackSize(STACK_BYTES)
                            .inheritInheritableThreadLocals(false)
                            .unstarted(task);

    /** A thread that is not started. */
    Thread create(String name, Runnable task);

    /**
     * Starts a thread.
     *
     * @param machine its name
     * @param start calls {@link Thread#start}
     * @throws LinuxException if the host refuses the thread
     */
    static void start(String machine, Runnable start) throws LinuxException {
        try {
            start.run();
        } catch (OutOfMemoryError e) {
            // What the JVM throws then.
            LinuxException refused =
                    new LinuxException(
                            "pthread_create for "
                                    + machine
                                    + " (end other sandboxes, or raise the limit on threads:"
                                    + " ulimit -u, or the cgroup's pids.max)",
                            Errno.EAGAIN);
            refused.initCause(e);
            throw refused;
        }
    }
}
