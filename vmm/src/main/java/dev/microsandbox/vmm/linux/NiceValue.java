package dev.microsandbox.vmm.linux;

/** A thread's share of the processor when other threads compete for it: nice(2), sched(7). */
public final class NiceValue {

    /** sys/resource.h. With a thread's id, it selects that thread alone. */
    private static final int PRIO_PROCESS = 0;

    private NiceValue() {}

    /**
     * Sets a thread's nice value. To lower it, or to set that of another user's thread, takes
     * CAP_SYS_NICE.
     *
     * @param thread its id in the kernel
     * @param value −20 (most of the processor) to 19 (least)
     * @throws LinuxException if the thread has ended, or this process lacks the permission
     */
    public static void set(int thread, int value) throws LinuxException {
        int result = LibC.setpriority(PRIO_PROCESS, thread, value);
        if (result < 0) {
            throw new LinuxException(
                    "setpriority(thread %d, %d)".formatted(thread, value), -result);
        }
    }
}
