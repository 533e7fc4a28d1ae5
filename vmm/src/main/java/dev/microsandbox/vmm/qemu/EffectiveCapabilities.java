package dev.microsandbox.vmm.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What this process may do. That is more than whether it is root: a container's root has what
 * capabilities it was left.
 */
final class EffectiveCapabilities {

    private static final Pattern LINE = Pattern.compile("CapEff:\\s*([0-9a-f]{1,16})");

    private EffectiveCapabilities() {}

    /**
     * Whether this process has all of some capabilities.
     *
     * @param wanted a bit for each: linux/capability.h
     * @throws IOException if /proc cannot be read
     */
    static boolean include(long wanted) throws IOException {
        return include(Files.readAllLines(Path.of("/proc/self/status")), wanted);
    }

    /** The same, of the process with these lines in its /proc/PID/status. */
    static boolean include(List<String> status, long wanted) {
        for (String line : status) {
            Matcher effective = LINE.matcher(line);
            if (effective.matches()) {
                return (Long.parseUnsignedLong(effective.group(1), 16) & wanted) == wanted;
            }
        }
        return false;
    }
}
