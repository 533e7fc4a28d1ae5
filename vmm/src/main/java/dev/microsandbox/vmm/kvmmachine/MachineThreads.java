package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.linux.Errno;
import dev.microsandbox.vmm.linux.LinuxException;

/** Creates the threads of a machine. */
@FunctionalInterface
interface MachineThreads {

    /**
     * Enough for HotSpot's own needs and our shallow stacks. It is small because there are many
     * such threads.
     */
    long STACK_BYTES = 256 * 1024;

    /** Daemon platform threads with a small stack. */
    MachineThreads PLATFORM =
            (name, task) ->
                    Thread.ofPlatform()
                            .name(name)
                            .daemon()
                            .stackSize(STACK_BYTES)
                            .inheritInheritableThreadLocals(false)
                            .unstarted(task);

    /** Creates a thread without starting it. */
    Thread create(String name, Runnable task);

    /**
     * Starts a thread.
     *
     * @param machine the machine's name
     * @param start calls {@link Thread#start}
     * @throws LinuxException if the host refuses the thread
     */
    static void start(String machine, Runnable start) throws LinuxException {
        try {
            start.run();
        } catch (OutOfMemoryError e) {
            // The JVM throws this error if the host refuses a thread.
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
