package dev.microsandbox.vmm.qemu;

import java.io.IOException;

/**
 * How much of a processor a process has used of late, and which nice value it deserves. Not
 * thread-safe.
 */
final class ProcessorUse {

    /** The weight of such a thread is a ninth of that of one with 0: sched(7). */
    static final int BUSY = 10;

    /** USER_HZ, the unit of /proc/PID/stat: the same on every x86 Linux. */
    private static final double TICKS_PER_SECOND = 100;

    /** Use that is this old counts for a third of what it did. */
    private static final double MEMORY_SECONDS = 2;

    /** Of one processor. Between the two everything stays as it is. */
    private static final double MUCH = 0.6;

    private static final double LITTLE = 0.4;

    private double use;
    private long lastTicks = -1;
    private long lastNanos;
    private int niceValue;
    private boolean known = true;

    /**
     * Time that a process has had.
     *
     * @param stat its /proc/PID/stat
     * @return user and kernel mode together, in hundredths of a second
     */
    static long ticks(String stat) throws IOException {
        // The name before that, in parentheses, may be anything.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
        try {
            return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
        } catch (ArrayIndexOutOfBoundsException | NumberFormatException e) {
            throw new IOException("/proc/PID/stat is not understood: " + stat, e);
        }
    }

    /**
     * Takes note of the time that it has had by now.
     *
     * @return whether its threads are to get {@link #niceValue}
     */
    boolean update(long ticks, long nanos) {
        if (lastTicks >= 0 && nanos > lastNanos) {
            double seconds = (nanos - lastNanos) / 1e9;
            double now = (ticks - lastTicks) / TICKS_PER_SECOND / seconds;
            double kept = Math.exp(-seconds / MEMORY_SECONDS);
            use = use * kept + now * (1 - kept);
        }
        lastTicks = ticks;
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
