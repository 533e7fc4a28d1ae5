package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.linux.NiceValue;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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
    private static final long NEEDED = 1 << 23;

    private static final Pattern EFFECTIVE = Pattern.compile("CapEff:\\s*([0-9a-f]{1,16})");

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
            return mayChange(Files.readAllLines(Path.of("/proc/self/status")));
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Whether a process may give nice values, and take them back.
     *
     * @param status the lines of its /proc/PID/status
     */
    static boolean mayChange(List<String> status) {
        for (String line : status) {
            Matcher effective = EFFECTIVE.matcher(line);
            if (effective.matches()) {
                return (Long.parseUnsignedLong(effective.group(1), 16) & NEEDED) != 0;
            }
        }
        return false;
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
        Path process = Path.of("/proc", Long.toString(pid));
        try {
            String stat = Files.readString(process.resolve("stat"));
            if (use.update(ProcessorUse.ticks(stat), System.nanoTime())) {
                setAll(process.resolve("task"), use.niceValue());
            }
        } catch (IOException | DirectoryIteratorException e) {
            // It ends, or one of its threads does: the next look finds the rest.
            use.forget();
        }
    }

    private static void setAll(Path tasks, int value) throws IOException {
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(tasks)) {
            for (Path thread : threads) {
                NiceValue.set(Integer.parseInt(thread.getFileName().toString()), value);
            }
        }
    }
}
