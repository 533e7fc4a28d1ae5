package dev.microsandbox.vmm;

import java.time.Duration;
import java.util.regex.Pattern;

/**
 * What a sandbox is made of.
 *
 * @param image name of the guest image, for example {@code default}
 * @param cpus virtual CPUs, 1 to 8
 * @param memoryBytes memory of the machine, a multiple of 1 MiB, at least 128 MiB
 * @param hostName the guest's host name
 * @param timeZone the guest's time zone, a name of the tz database such as {@code Europe/Zurich}
 * @param startTimeout how long the machine may take until its agent answers
 */
public record SandboxConfig(
        String image,
        int cpus,
        long memoryBytes,
        String hostName,
        String timeZone,
        Duration startTimeout) {

    private static final long MIB = 1024 * 1024;

    /** A name of the tz database: it becomes a path in the guest. */
    private static final Pattern TIME_ZONE =
            Pattern.compile("[A-Za-z0-9_+-]{1,32}(/[A-Za-z0-9_+-]{1,32}){0,2}");

    /** The default image, 1 CPU, 512 MiB, UTC. */
    public static final SandboxConfig DEFAULT =
            new SandboxConfig("default", 1, 512 * MIB, "sandbox", "UTC", Duration.ofMinutes(2));

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
    }

    /** Whether a text has the form of a time zone's name. */
    public static boolean isTimeZone(String text) {
        return TIME_ZONE.matcher(text).matches();
    }

    public SandboxConfig withImage(String newImage) {
        return new SandboxConfig(newImage, cpus, memoryBytes, hostName, timeZone, startTimeout);
    }

    public SandboxConfig withCpus(int newCpus) {
        return new SandboxConfig(image, newCpus, memoryBytes, hostName, timeZone, startTimeout);
    }

    public SandboxConfig withMemoryBytes(long newMemoryBytes) {
        return new SandboxConfig(image, cpus, newMemoryBytes, hostName, timeZone, startTimeout);
    }

    public SandboxConfig withHostName(String newHostName) {
        return new SandboxConfig(image, cpus, memoryBytes, newHostName, timeZone, startTimeout);
    }

    public SandboxConfig withTimeZone(String newTimeZone) {
        return new SandboxConfig(image, cpus, memoryBytes, hostName, newTimeZone, startTimeout);
    }

    public SandboxConfig withStartTimeout(Duration newStartTimeout) {
        return new SandboxConfig(image, cpus, memoryBytes, hostName, timeZone, newStartTimeout);
    }
}
