package dev.microsandbox.vmm;

import java.time.Duration;

/**
 * What a sandbox is made of.
 *
 * @param image name of the guest image, for example {@code default}
 * @param cpus virtual CPUs, 1 to 8
 * @param memoryBytes memory of the machine, a multiple of 1 MiB, at least 128 MiB
 * @param hostName the guest's host name
 * @param startTimeout how long the machine may take until its agent answers
 */
public record SandboxConfig(
        String image, int cpus, long memoryBytes, String hostName, Duration startTimeout) {

    private static final long MIB = 1024 * 1024;

    /** The default image, 1 CPU, 512 MiB. */
    public static final SandboxConfig DEFAULT =
            new SandboxConfig("default", 1, 512 * MIB, "sandbox", Duration.ofMinutes(2));

    public SandboxConfig {
        if (cpus < 1 || cpus > 8) {
            throw new IllegalArgumentException("cpus must be 1 to 8, not " + cpus);
        }
        if (memoryBytes < 128 * MIB || memoryBytes % MIB != 0) {
            throw new IllegalArgumentException(
                    "memory must be whole MiB and at least 128 MiB, not " + memoryBytes + " bytes");
        }
    }

    public SandboxConfig withImage(String newImage) {
        return new SandboxConfig(newImage, cpus, memoryBytes, hostName, startTimeout);
    }

    public SandboxConfig withCpus(int newCpus) {
        return new SandboxConfig(image, newCpus, memoryBytes, hostName, startTimeout);
    }

    public SandboxConfig withMemoryBytes(long newMemoryBytes) {
        return new SandboxConfig(image, cpus, newMemoryBytes, hostName, startTimeout);
    }

    public SandboxConfig withHostName(String newHostName) {
        return new SandboxConfig(image, cpus, memoryBytes, newHostName, startTimeout);
    }

    public SandboxConfig withStartTimeout(Duration newStartTimeout) {
        return new SandboxConfig(image, cpus, memoryBytes, hostName, newStartTimeout);
    }
}
