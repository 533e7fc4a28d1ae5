package dev.microsandbox.vmm.qemu;

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
 * Has machines that keep a processor busy give way to those that do not, and to this process: a
 * session's small call then takes about as long beside seven that compute without end as it takes
 * alone. A processor that nobody else wants they have whole, as before. Thread-safe.
 *
 * <p>That is done by nice values, so only where this process may change them. Elsewhere machines
 * share the processors evenly.
 */
final class ProcessorShares {

    private static final ProcessorShares INSTANCE = new ProcessorShares();

    private static final long PERIOD_MILLIS = 250;

    /** CAP_SYS_NICE: linux/capability.h. */
    static final long NEEDED = 1 << 23;

    /** Guarded by this. */
    private final Map<Process, ProcessorUse> watched = new HashMap<>();

    /** Guarded by this. */
    private boolean running;

    private ProcessorShares() {}

    /** Watches a machine's process until it ends. */
    static void watch(Process process) {
        if (mayChange()) {
            INSTANCE.add(process);
        }
    }

    private static boolean mayChange() {
        try {
            return EffectiveCapabilities.include(NEEDED);
        } catch (IOException e) {
            return false;
        }
    }

    private synchronized void add(Process process) {
        watched.put(process, new ProcessorUse());
        if (!running) {
            running = true;
            Thread.ofPlatform().name("processor-shares").daemon().start(this::look);
        }
    }

    private void look() {
        try {
            while (lookOnce()) {
                Thread.sleep(PERIOD_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns false when there is nothing left to watch; then the next one starts anew. */
    private synchronized boolean lookOnce() {
        Iterator<Map.Entry<Process, ProcessorUse>> each = watched.entrySet().iterator();
        while (each.hasNext()) {
            Map.Entry<Process, ProcessorUse> one = each.next();
            if (!one.getKey().isAlive()) {
                each.remove();
            } else {
                adjust(one.getKey().pid(), one.getValue());
            }
        }
        running = !watched.isEmpty();
        return running;
    }

    private static void adjust(long pid, ProcessorUse use) {
        Path tasks = Path.of("/proc", Long.toString(pid), "task");
        try {
            List<Integer> threads = threads(tasks);
            long wanted = 0;
            for (int thread : threads) {
                wanted +=
                        ProcessorUse.wanted(Files.readString(tasks.resolve(thread + "/schedstat")));
            }
            if (use.update(wanted, System.nanoTime())) {
                for (int thread : threads) {
                    NiceValue.set(thread, use.niceValue());
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // It ends, or one of its threads does: the next look finds the rest.
            use.forget();
        }
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
