package dev.microsandbox.vmm.kvmmachine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What this process uses of each resource. */
record ProcessUsage(long descriptors, long threads, long mappings, long residentKib) {

    static ProcessUsage now() throws IOException {
        return new ProcessUsage(
                entries("/proc/self/fd"),
                entries("/proc/self/task"),
                Files.readAllLines(Path.of("/proc/self/maps")).size(),
                Files.readAllLines(Path.of("/proc/self/status")).stream()
                        .filter(line -> line.startsWith("VmRSS:"))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                        .sum());
    }

    /** Measures the usage after garbage collection and the end of idle threads. */
    static ProcessUsage settled() throws IOException, InterruptedException {
        System.gc();
        Thread.sleep(1500); // until the reaper's idle threads end
        System.gc();
        return now();
    }

    private static long entries(String directory) throws IOException {
        try (Stream<Path> list = Files.list(Path.of(directory))) {
            return list.count();
        }
    }
}
