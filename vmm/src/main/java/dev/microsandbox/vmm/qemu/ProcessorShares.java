package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.cgroup.MachineGroup;
import dev.microsandbox.vmm.cgroup.ProcessGroups;
import dev.microsandbox.vmm.launch.EffectiveCapabilities;
import dev.microsandbox.vmm.launch.LaunchedProcess;
import dev.microsandbox.vmm.linux.NiceValue;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * Gives machines that keep a processor busy a smaller share than other machines and this process. A
 * session's short call then takes about as long beside seven machines that compute without pause as
 * it takes alone. A busy machine still gets all of a processor that nobody else wants. Thread-safe.
 *
 * <p>It uses the shares of control groups where machines have them ({@link ProcessGroups}), and
 * nice values elsewhere, if this process or its launcher may change them. Otherwise machines share
 * the processors evenly.
 */
final class ProcessorShares {

    private static final ProcessorShares INSTANCE = new ProcessorShares();

    private static final long PERIOD_MILLIS = 250;

    /** CAP_SYS_NICE: linux/capability.h. */
    static final long NEEDED = 1 << 23;

    /** The shares of a busy machine: the weight of a thread with {@link ProcessorUse#BUSY}. */
    private static final int BUSY_SHARES = MachineGroup.ORDINARY_SHARES / 68;

    /** Guarded by this object's lock. */
    private final Map<Process, Watched> watched = new HashMap<>();

    /** Whether the thread runs that adjusts the shares. Guarded by this object's lock. */
    private boolean running;

    /** What was measured of a machine's process. */
    private static final class Watched {
        final ProcessorUse use = new ProcessorUse();

        /** The content of its /proc/PID/stat when its threads were last measured. */
        String stat = "";

        /** The processor time that its threads had wanted by then, in nanoseconds. */
        long wanted;
    }

    private ProcessorShares() {}

    /** Watches a machine's process until it ends. The launcher's are watched if it may do that. */
    static void watch(Process process) {
        if (process instanceof LaunchedProcess || mayChange()) {
            INSTANCE.add(process);
        }
    }

    /** Watches a machine's process that is in a group which sets its share. */
    static void watchGroup(Process process) {
        INSTANCE.add(process);
    }

    private static boolean mayChange() {
        try {
            return EffectiveCapabilities.include(NEEDED);
        } catch (IOException e) {
            return false;
        }
    }

    private synchronized void add(Process process) {
        watched.putIfAbsent(process, new Watched());
        if (!running) {
            running = true;
            Thread.ofPlatform().name("processor-shares").daemon().start(this::adjustPeriodically);
        }
    }

    private void adjustPeriodically() {
        try {
            while (adjustAll()) {
                Thread.sleep(PERIOD_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Adjusts all machines once. Returns false if there is nothing left to watch; {@link #add} then
     * starts a new thread.
     */
    private synchronized boolean adjustAll() {
        Iterator<Map.Entry<Process, Watched>> each = watched.entrySet().iterator();
        while (each.hasNext()) {
            Map.Entry<Process, Watched> one = each.next();
            if (!one.getKey().isAlive()) {
                each.remove();
            } else {
                adjust(one.getKey(), one.getValue());
            }
        }
        running = !watched.isEmpty();
        return running;
    }

    private static void adjust(Process machine, Watched one) {
        Path process = Path.of("/proc", Long.toString(machine.pid()));
        Path tasks = process.resolve("task");
        try {
            // Most of hundreds of machines are idle. The threads of an idle process are not
            // measured.
            String stat = Files.readString(process.resolve("stat"));
            if (!stat.equals(one.stat)) {
                one.wanted = wanted(tasks);
                one.stat = stat;
            }
            if (one.use.update(one.wanted, System.nanoTime())) {
                setNiceValue(machine, tasks, one.use.niceValue());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            one.use.markUnset();
        } catch (IOException | DirectoryIteratorException e) {
            // The process or one of its threads is ending. The next adjustment handles the others.
            one.use.markUnset();
        }
    }

    private static void setNiceValue(Process machine, Path tasks, int value)
            throws IOException, InterruptedException {
        int shares = value == ProcessorUse.BUSY ? BUSY_SHARES : MachineGroup.ORDINARY_SHARES;
        if (ProcessGroups.setShares(machine, shares)) {
            return;
        }
        if (machine instanceof LaunchedProcess launched) {
            launched.setNiceValue(value);
            return;
        }
        for (int thread : threads(tasks)) {
            NiceValue.set(thread, value);
        }
    }

    private static long wanted(Path tasks) throws IOException {
        long wanted = 0;
        for (int thread : threads(tasks)) {
            wanted += ProcessorUse.wanted(Files.readString(tasks.resolve(thread + "/schedstat")));
        }
        return wanted;
    }

    private static List<Integer> threads(Path tasks) throws IOException {
        List<Integer> threads = new ArrayList<>();
        try (DirectoryStream<Path> each = Files.newDirectoryStream(tasks)) {
            for (Path thread : each) {
                threads.add(Integer.parseInt(thread.getFileName().toString()));
            }
        }
        return threads;
    }
}
