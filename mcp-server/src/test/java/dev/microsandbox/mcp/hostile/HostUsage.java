package dev.microsandbox.mcp.hostile;

import dev.microsandbox.mcp.endtoend.Installation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The resources of the host that a server uses.
 *
 * @param descriptors number of open file descriptors
 * @param threads number of operating-system threads by name, without the numbers in names
 * @param heapKib reachable heap: the used heap after a collection, in KiB
 * @param residentKib resident memory after a collection without guests' memory, in KiB
 * @param machines number of QEMU processes
 * @param zombies number of ended children that were not reaped
 * @param temporary number of files in the directory for temporary files
 * @param sessions number of session directories
 */
record HostUsage(
        long descriptors,
        SortedMap<String, Long> threads,
        long heapKib,
        long residentKib,
        long machines,
        long zombies,
        long temporary,
        long sessions) {

    private static final Pattern USED = Pattern.compile("used (\\d+)K");
    private static final Pattern NUMBER = Pattern.compile("\\d+");

    static HostUsage of(Installation installation, Installation.Server server, Path temporary)
            throws IOException, InterruptedException {
        long pid = server.process().pid();
        jcmd(pid, "GC.run");
        Matcher used = USED.matcher(jcmd(pid, "GC.heap_info"));
        long heap = 0;
        while (used.find()) {
            heap += Long.parseLong(used.group(1));
        }
        Path process = Path.of("/proc", Long.toString(pid));
        return new HostUsage(
                count(process.resolve("fd")),
                threadsOf(process),
                heap,
                status(process, "VmRSS:"),
                Installation.machines(server.process()).size(),
                zombies(pid),
                count(temporary),
                count(installation.home().resolve("sessions")));
    }

    /** The number of threads of all names. */
    long threadCount() {
        return threads.values().stream().mapToLong(Long::longValue).sum();
    }

    @Override
    public String toString() {
        return "%d descriptors, %d threads, heap %d KiB, resident %d KiB, %d machines, %d zombies, %d temporary files, %d directories of sessions"
                .formatted(
                        descriptors,
                        threadCount(),
                        heapKib,
                        residentKib,
                        machines,
                        zombies,
                        temporary,
                        sessions);
    }

    private static String jcmd(long pid, String command) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                                Long.toString(pid),
                                command)
                        .redirectErrorStream(true)
                        .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IOException(command + ": " + output);
        }
        return output;
    }

    private static long count(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return 0;
        }
        try (Stream<Path> all = Files.list(directory)) {
            return all.count();
        }
    }

    private static SortedMap<String, Long> threadsOf(Path process) throws IOException {
        SortedMap<String, Long> threads = new TreeMap<>();
        try (Stream<Path> tasks = Files.list(process.resolve("task"))) {
            tasks.forEach(task -> threads.merge(name(task), 1L, Long::sum));
        }
        return threads;
    }

    private static String name(Path task) {
        try {
            String name = Files.readString(task.resolve("comm")).strip();
            return NUMBER.matcher(name).replaceAll("");
        } catch (IOException e) {
            return "ended meanwhile";
        }
    }

    private static long status(Path process, String name) throws IOException {
        for (String line : Files.readAllLines(process.resolve("status"))) {
            if (line.startsWith(name)) {
                Matcher number = NUMBER.matcher(line);
                if (number.find()) {
                    return Long.parseLong(number.group());
                }
            }
        }
        throw new IOException("no " + name + " in the status of " + process);
    }

    private static long zombies(long parent) throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc"))) {
            return all.filter(path -> NUMBER.matcher(path.getFileName().toString()).matches())
                    .filter(path -> isZombieOf(parent, path))
                    .count();
        }
    }

    private static boolean isZombieOf(long parent, Path process) {
        try {
            String stat = Files.readString(process.resolve("stat"));
            return stat.substring(stat.lastIndexOf(')') + 2).startsWith("Z " + parent + " ");
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            // The process ended while it was read.
            return false;
        }
    }
}
