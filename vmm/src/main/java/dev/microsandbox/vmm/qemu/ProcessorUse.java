package dev.microsandbox.vmm.qemu;

import java.io.IOException;

/**
 * Measures how much of a processor a process has wanted recently, and derives its nice value. Not
 * thread-safe.
 *
 * <p>The time that a process wants is the time that it ran plus the time that it waited to run. The
 * running time alone would mislead: if seven busy processes share two processors, each of them runs
 * less than a process with short calls does on an idle host.
 */
final class ProcessorUse {

    /**
     * The nice value of busy processes. Such a thread has a 68th of the weight of a thread with
     * nice value 0: sched(7).
     */
    static final int BUSY = 19;

    /** The time after which past use counts for a third of its value. */
    private static final double MEMORY_SECONDS = 2;

    /**
     * Above this share of one processor a process counts as busy, and below {@link #LITTLE} as not
     * busy. In between, its nice value stays the same.
     */
    private static final double MUCH = 0.6;

    private static final double LITTLE = 0.4;

    private double use;
    private long lastWanted = -1;
    private long lastNanos;
    private int niceValue;
    private boolean known = true;

    /**
     * The time that a thread has run and has waited to run.
     *
     * @param schedstat the content of its /proc/PID/task/TID/schedstat
     * @return the sum, in nanoseconds
     */
    static long wanted(String schedstat) throws IOException {
        String[] fields = schedstat.strip().split(" ", -1);
        try {
            return Long.parseLong(fields[0]) + Long.parseLong(fields[1]);
        } catch (ArrayIndexOutOfBoundsException | NumberFormatException e) {
            throw new IOException("/proc/PID/schedstat is not understood: " + schedstat, e);
        }
    }

    /**
     * Records the time that the threads of the process have wanted so far.
     *
     * @param wanted the sum over all threads, in nanoseconds; it decreases when threads end
     * @param nanos the current {@link System#nanoTime}
     * @return whether to set the threads' nice value to {@link #niceValue}
     */
    boolean update(long wanted, long nanos) {
        if (lastWanted >= 0 && nanos > lastNanos) {
            double passed = nanos - lastNanos;
            double now = Math.max(0, wanted - lastWanted) / passed;
            double kept = Math.exp(-passed / 1e9 / MEMORY_SECONDS);
            use = use * kept + now * (1 - kept);
        }
        lastWanted = wanted;
        lastNanos = nanos;
        int deserved = use > MUCH ? BUSY : use < LITTLE ? 0 : niceValue;
        boolean changes = deserved != niceValue || !known;
        niceValue = deserved;
        known = true;
        return changes;
    }

    /**
     * Records that the nice value could not be set for all threads, so that the next update sets it
     * again.
     */
    void markUnset() {
        known = false;
    }

    int niceValue() {
        return niceValue;
    }
}
