package dev.microsandbox.vmm;

import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of a sandbox.
 *
 * @param image name of the guest image, for example {@code default}
 * @param cpus virtual CPUs, 1 to 8
 * @param memoryBytes memory of the machine, a multiple of 1 MiB, at least 128 MiB
 * @param hostName the guest's host name
 * @param timeZone the guest's time zone, a name of the tz database such as {@code Europe/Zurich}
 * @param startTimeout how long the machine may take until its agent answers; null for two minutes,
 *     or longer if the host is known to need it
 * @param interpreterTimeout how long a language's interpreter may take to become ready, 1 s to 1 h;
 *     null for two minutes, or longer if the host is known to need it
 */
public record SandboxConfig(
        String image,
        int cpus,
        long memoryBytes,
        String hostName,
        String timeZone,
        @Nullable Duration startTimeout,
        @Nullable Duration interpreterTimeout) {

    private static final long MIB = 1024 * 1024;

    /** A name of the tz database. Checked because it becomes part of a path in the guest. */
    private static final Pattern TIME_ZONE =
            Pattern.compile("[A-Za-z0-9_+-]{1,32}(/[A-Za-z0-9_+-]{1,32}){0,2}");

    /** The default image, 1 CPU, 512 MiB, UTC. */
    public static final SandboxConfig DEFAULT =
            new SandboxConfig("default", 1, 512 * MIB, "sandbox", "UTC", null, null);

    public SandboxConfig {
        if (cpus < 1 || cpus > 8) {
            throw new IllegalArgumentException("cpus must be 1 to 8, not " + cpus);
        }
        if (memoryBytes < 128 * MIB || memoryBytes % MIB != 0) {
            throw new IllegalArgumentException(
                    "memory must be whole MiB and at least 128 MiB, not " + memoryBytes + " bytes");
        }
        if (!isTimeZone(timeZone)) {
            throw new IllegalArgumentException("not the name of a time zone: " + timeZone);
        }
        if (interpreterTimeout != null
                && (interpreterTimeout.compareTo(Duration.ofSeconds(1)) < 0
                        || interpreterTimeout.compareTo(Duration.ofHours(1)) > 0)) {
            throw new IllegalArgumentException(
                    "the time for interpreters must be 1 s to 1 h, not " + interpreterTimeout);
        }
    }

    /** Whether text has the form of a time zone's name. */
    public static boolean isTimeZone(String text) {
        return TIME_ZONE.matcher(text).matches();
    }

    public SandboxConfig withImage(String newImage) {
        return new SandboxConfig(
                newImage, cpus, memoryBytes, hostName, timeZone, startTimeout, interpreterTimeout);
    }

    public SandboxConfig withCpus(int newCpus) {
        return new SandboxConfig(
                image, newCpus, memoryBytes, hostName, timeZone, startTimeout, interpreterTimeout);
    }

    public SandboxConfig withMemoryBytes(long newMemoryBytes) {
        return new SandboxConfig(
                image, cpus, newMemoryBytes, hostName, timeZone, startTimeout, interpreterTimeout);
    }

    public SandboxConfig withHostName(String newHostName) {
        return new SandboxConfig(
                image, cpus, memoryBytes, newHostName, timeZone, startTimeout, interpreterTimeout);
    }

    public SandboxConfig withTimeZone(String newTimeZone) {
        return new SandboxConfig(
                image, cpus, memoryBytes, hostName, newTimeZone, startTimeout, interpreterTimeout);
    }

    public SandboxConfig withStartTimeout(@Nullable Duration newStartTimeout) {
        return new SandboxConfig(
                image, cpus, memoryBytes, hostName, timeZone, newStartTimeout, interpreterTimeout);
    }

    public SandboxConfig withInterpreterTimeout(@Nullable Duration newInterpreterTimeout) {
        return new SandboxConfig(
                image, cpus, memoryBytes, hostName, timeZone, startTimeout, newInterpreterTimeout);
    }
}
