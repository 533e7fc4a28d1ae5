package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.cgroup.ControlGroups;
import dev.microsandbox.vmm.cgroup.GroupLimits;
import dev.microsandbox.vmm.cgroup.MachineGroup;
import dev.microsandbox.vmm.linux.ThreadSignals;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The threads of one machine, which a control group limits together, where this process may make
 * groups. The group exists from a moment after the threads start until they have all ended: to move
 * a thread takes the kernel milliseconds, for which no start has to wait. Thread-safe.
 */
final class LimitedThreads implements MachineThreads {

    /** How long after its start a thread is moved. A machine that ends earlier needs no group. */
    private static final long DELAY_MILLIS = 500;

    /** How long after their end the group of threads is removed: until the kernel knows of it. */
    private static final long END_MILLIS = 100;

    /** The threads of a machine's devices may keep one processor busy. */
    private static final int DEVICES = 1;

    private static final ScheduledExecutorService MOVER =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().name("control-groups").daemon().factory());

    /** Null before the first use, and where no group can be made. Only for {@link #MOVER}. */
    private static @Nullable ControlGroups groups;

    /** Whether groups were tried and cannot be made. Only for {@link #MOVER}. */
    private static boolean impossible;

    private final GroupLimits limits;

    /** Ids of the threads that run. Guarded by this object's lock. */
    private final Set<Integer> running = new HashSet<>();

    /** Guarded by this object's lock. */
    private @Nullable MachineGroup group;

    LimitedThreads(int vcpus) {
        limits = GroupLimits.ofThreads(vcpus + DEVICES);
    }

    @Override
    public Thread create(String name, Runnable task) {
        return PLATFORM.create(
                name,
                () -> {
                    int thread = ThreadSignals.currentThread();
                    began(thread);
                    try {
                        task.run();
                    } finally {
                        ended(thread);
                    }
                });
    }

    private synchronized void began(int thread) {
        running.add(thread);
        var _ = MOVER.schedule(() -> move(thread), DELAY_MILLIS, TimeUnit.MILLISECONDS);
    }

    private synchronized void ended(int thread) {
        running.remove(thread);
        if (running.isEmpty() && group != null) {
            var _ = MOVER.schedule(group::close, END_MILLIS, TimeUnit.MILLISECONDS);
            group = null;
        }
    }

    /** Holds the lock, so that the thread cannot end and its id become another's. */
    private synchronized void move(int thread) {
        if (!running.contains(thread)) {
            return;
        }
        if (group == null) {
            group = make(limits);
        }
        if (group != null) {
            try {
                group.addThread(thread);
            } catch (IOException e) {
                System.getLogger(LimitedThreads.class.getName())
                        .log(System.Logger.Level.DEBUG, "A thread keeps its group", e);
            }
        }
    }

    /** Returns null if this process may not make groups; 'msb doctor' says why. */
    private static @Nullable MachineGroup make(GroupLimits limits) {
        if (impossible) {
            return null;
        }
        try {
            if (groups == null) {
                groups = ControlGroups.ofThisProcess();
            }
            return groups.forThreads(limits);
        } catch (IOException e) {
            impossible = true;
            System.getLogger(LimitedThreads.class.getName())
                    .log(System.Logger.Level.DEBUG, "No control groups", e);
            return null;
        }
    }
}
