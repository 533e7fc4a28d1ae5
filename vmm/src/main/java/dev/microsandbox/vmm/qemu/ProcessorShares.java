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
    private final Map<Process, Watched> watched = new HashMap<>();

    /** Guarded by this. */
    private boolean running;

    /** What is known of a machine's process. */
    private static final class Watched {
        final ProcessorUse use = new ProcessorUse();

        /** Its /proc/PID/stat when its threads were asked last. */
        String stat = "";

        /** What they had wanted by then, in nanoseconds. */
        long wanted;
    }

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
        watched.put(process, new Watched());
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
        Iterator<Map.Entry<Process, Watched>> each = watched.entrySet().iterator();
        while (each.hasNext()) {
            Map.Entry<Process, Watched> one = each.next();
            if (!one.getKey().isAlive()) {
                each.remove();
            } else {
                adjust(one.getKey().pid(), one.getValue());
            }
        }
        running = !watched.isEmpty();
        return running;
    }

    private static void adjust(long pid, Watched one) {
        Path process = Path.of("/proc", Long.toString(pid));
        Path tasks = process.resolve("task");
        try {
            // Of hundreds most do nothing: their threads are not asked.
            String stat = Files.readString(process.resolve("stat"));
            if (!stat.equals(one.stat)) {
                one.wanted = wanted(tasks);
                one.stat = stat;
            }
            if (one.use.update(one.wanted, System.nanoTime())) {
                for (int thread : threads(tasks)) {
                    NiceValue.set(thread, one.use.niceValue());
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // It ends, or one of its threads does: the next look finds the rest.
            one.use.forget();
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
