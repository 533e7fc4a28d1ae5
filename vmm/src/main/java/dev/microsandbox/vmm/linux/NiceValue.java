package dev.microsandbox.vmm.linux;

/** How much of the processor a thread gets where others want it too: see nice(7). */
public final class NiceValue {

    /** sys/resource.h. With a thread's id it means that thread alone. */
    private static final int PRIO_PROCESS = 0;

    private NiceValue() {}

    /**
     * Gives a thread its nice value. A smaller one than it has, and any to another user's thread,
     * takes CAP_SYS_NICE.
     *
     * @param thread its id in the kernel
     * @param value −20 (most of the processor) to 19 (least)
     * @throws LinuxException if it is gone, or this process may not
     */
    public static void set(int thread, int value) throws LinuxException {
        int result = LibC.setpriority(PRIO_PROCESS, thread, value);
        if (result < 0) {
            throw new LinuxException(
                    "setpriority(thread %d, %d)".formatted(thread, value), -result);
        }
    }
}
