package dev.microsandbox.vmm.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The memory that this process and its children may use: the host's memory, or less if a container
 * or a service sets a limit. The kernel kills processes that exceed it.
 */
public final class HostMemory {

    private static final Pattern TOTAL = Pattern.compile("MemTotal:\\s+(\\d{1,15}) kB");

    /** A line of /proc/PID/cgroup: "0::/path" for version 2, "4:memory:/path" for version 1. */
    private static final Pattern GROUP = Pattern.compile("\\d+:(memory)?:(/.*)");

    private static final Pattern NUMBER = Pattern.compile("\\d{1,18}");

    private final Path proc;
    private final Path cgroups;

    HostMemory(Path proc, Path cgroups) {
        this.proc = proc;
        this.cgroups = cgroups;
    }

    /** The memory in bytes; {@link Long#MAX_VALUE} if it is not known. */
    public static long bytes() {
        return new HostMemory(Path.of("/proc"), Path.of("/sys/fs/cgroup")).read();
    }

    long read() {
        long least = total();
        for (String line : lines(proc.resolve("self/cgroup"))) {
            Matcher group = GROUP.matcher(line);
            if (group.matches()) {
                least = Math.min(least, limit(group.group(1) == null, group.group(2)));
            }
        }
        return least;
    }

    /**
     * The lowest limit of a control group, its parents and the root. Inside a container, its own
     * group often appears as the root.
     */
    private long limit(boolean version2, String group) {
        Path root = version2 ? cgroups : cgroups.resolve("memory");
        String file = version2 ? "memory.max" : "memory.limit_in_bytes";
        long least = number(root.resolve(file));
        Path at = root;
        for (Path name : Path.of(group)) {
            at = at.resolve(name);
            least = Math.min(least, number(at.resolve(file)));
        }
        return least;
    }

    private long total() {
        for (String line : lines(proc.resolve("meminfo"))) {
            Matcher total = TOTAL.matcher(line);
            if (total.matches()) {
                return Long.parseLong(total.group(1)) * 1024;
            }
        }
        return Long.MAX_VALUE;
    }

    /** The limit in a file. "max" or a missing file means that there is no limit. */
    private static long number(Path file) {
        return lines(file).stream()
                .filter(line -> NUMBER.matcher(line).matches())
                .mapToLong(Long::parseLong)
                .findFirst()
                .orElse(Long.MAX_VALUE);
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            return List.of();
        }
    }
}
