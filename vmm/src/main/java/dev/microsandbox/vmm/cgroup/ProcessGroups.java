package dev.microsandbox.vmm.cgroup;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The groups of the processes that run machines, where this process may make groups. Thread-safe.
 */
public final class ProcessGroups {

    private static final System.Logger LOG = System.getLogger(ProcessGroups.class.getName());

    /** The groups of the processes that run. */
    private static final Map<Process, MachineGroup> GROUPS = new ConcurrentHashMap<>();

    /** Null before the first use. Guarded by this class's lock. */
    private static @Nullable ControlGroups own;

    /** Whether no group can be made. Guarded by this class's lock. */
    private static boolean impossible;

    private ProcessGroups() {}

    /**
     * Puts a process into a group of its own until it ends. Returns at once, because a move takes
     * the kernel milliseconds.
     *
     * @param joined called when the process is in its group; never called where there are none
     */
    public static void limit(Process process, GroupLimits limits, Runnable joined) {
        Thread.ofVirtual().name("process-group").start(() -> keep(process, limits, joined));
    }

    private static void keep(Process process, GroupLimits limits, Runnable joined) {
        MachineGroup group = make(limits);
        if (group == null) {
            return;
        }
        try (group) {
            group.addProcess(process.pid());
            GROUPS.put(process, group);
            joined.run();
            process.waitFor();
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "A process is in no control group", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            GROUPS.remove(process);
        }
    }

    /** Returns null if this process may not make groups; 'msb doctor' says why. */
    private static synchronized @Nullable MachineGroup make(GroupLimits limits) {
        if (impossible) {
            return null;
        }
        try {
            if (own == null) {
                own = ControlGroups.ofThisProcess();
            }
            return own.forProcess(limits);
        } catch (IOException e) {
            impossible = true;
            LOG.log(Level.DEBUG, "No control groups", e);
            return null;
        }
    }

    /**
     * Sets the share of a contended processor that a process has. The nice values of threads count
     * only within a group, so this takes their place.
     *
     * @param shares relative to {@link MachineGroup#ORDINARY_SHARES}
     * @return false if no group can do that
     * @throws IOException if the group is being removed
     */
    public static boolean setShares(Process process, int shares) throws IOException {
        MachineGroup group = GROUPS.get(process);
        if (group == null || !group.limitsProcessors()) {
            return false;
        }
        group.setShares(shares);
        return true;
    }
}
