package dev.microsandbox.mcp.bench.measure;

import dev.microsandbox.vmm.host.HostMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The free memory of the host, and this process's use of limited resources, from proc(5). */
public final class HostState {

    private HostState() {}

    /** Memory that is available without swapping or killing anything, in bytes. */
    public static long available() throws IOException {
        return parseAvailable(Files.readAllLines(Path.of("/proc/meminfo")));
    }

    /** /proc/meminfo. */
    static long parseAvailable(List<String> lines) throws IOException {
        for (String line : lines) {
            String[] words = line.split("\\s+", -1);
            if (words[0].equals("MemAvailable:")) {
                return Long.parseLong(words[1]) * 1024;
            }
        }
        throw new IOException("/proc/meminfo has no MemAvailable");
    }

    /**
     * The part of the available memory that a benchmark may use, in bytes. It leaves an eighth of
     * all memory free, and at least 2 GiB.
     *
     * @param available the memory that is available now, in bytes
     */
    public static long spare(long available) {
        long all = HostMemory.bytes();
        long stays = Math.max(2L << 30, all / 8);
        return Math.max(0, Math.min(available, all) - stays);
    }

    public static long descriptors() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        }
    }

    public static long mappings() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.count();
        }
    }

    public static long threads() throws IOException {
        try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
            return tasks.count();
        }
    }
}
