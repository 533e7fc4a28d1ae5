package dev.microsandbox.vmm.qemu;

import java.io.IOException;

/**
 * How much of a processor a process has wanted of late, and which nice value it deserves. Not
 * thread-safe.
 *
 * <p>What it wants is what it had and what it waited for: where seven that compute without end
 * share two processors, each has less of one than a process that makes small calls on an idle host.
 */
final class ProcessorUse {

    /** The weight of such a thread is a 68th of that of one with 0: sched(7). */
    static final int BUSY = 19;

    /** Use that is this old counts for a third of what it did. */
    private static final double MEMORY_SECONDS = 2;

    /** Of one processor. Between the two everything stays as it is. */
    private static final double MUCH = 0.6;

    private static final double LITTLE = 0.4;

    private double use;
    private long lastWanted = -1;
    private long lastNanos;
    private int niceValue;
    private boolean known = true;

    /**
     * Time that a thread has run, and waited to run.
     *
     * @param schedstat its /proc/PID/task/TID/schedstat
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
     * Takes note of the time that its threads have wanted by now.
     *
     * @param wanted the sum of all threads, in nanoseconds; less than before where some have ended
     * @param nanos now
     * @return whether its threads are to get {@link #niceValue}
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

    /** The value could not be given to all threads. */
    void forget() {
        known = false;
    }

    int niceValue() {
        return niceValue;
    }
}
