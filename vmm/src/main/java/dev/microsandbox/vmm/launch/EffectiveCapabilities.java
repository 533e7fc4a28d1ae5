package dev.microsandbox.vmm.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * This process's effective capabilities. The user id alone does not tell, because the root user of
 * a container may lack capabilities.
 */
public final class EffectiveCapabilities {

    private static final Pattern LINE = Pattern.compile("CapEff:\\s*([0-9a-f]{1,16})");

    private EffectiveCapabilities() {}

    /**
     * Whether this process has all of some capabilities.
     *
     * @param wanted a mask with one bit per capability: linux/capability.h
     * @throws IOException if /proc cannot be read
     */
    public static boolean include(long wanted) throws IOException {
        return include(Files.readAllLines(Path.of("/proc/self/status")), wanted);
    }

    /** Whether a process with these lines in its /proc/PID/status has all of some capabilities. */
    public static boolean include(List<String> status, long wanted) {
        for (String line : status) {
            Matcher effective = LINE.matcher(line);
            if (effective.matches()) {
                return (Long.parseUnsignedLong(effective.group(1), 16) & wanted) == wanted;
            }
        }
        return false;
    }
}
