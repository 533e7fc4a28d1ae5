package dev.microsandbox.vmm.cgroup;

/**
 * What the processes or threads of one group may take together.
 *
 * @param memoryBytes memory, with the page cache of the files that they use
 * @param processors how many processors they may keep busy at one time
 * @param tasks how many processes and threads there may be
 */
public record GroupLimits(long memoryBytes, int processors, int tasks) {

    /** Limits of threads, which are charged to their process in everything but the processor. */
    public static GroupLimits ofThreads(int processors) {
        return new GroupLimits(Long.MAX_VALUE, processors, Integer.MAX_VALUE);
    }
}
