package dev.microsandbox.vmm;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * A guest's information about itself.
 *
 * @param memoryBytes memory of the machine
 * @param memoryLimit memory in bytes that the sandboxed processes may use together
 * @param memoryUsed memory in bytes that they use now
 * @param diskBytes size of the writable file system
 * @param clock the guest's wall clock
 */
public record SandboxInfo(
        String kernelRelease,
        String hostName,
        int cpus,
        long memoryBytes,
        long memoryLimit,
        long memoryUsed,
        long diskBytes,
        long diskUsed,
        int processes,
        int processLimit,
        Duration uptime,
        Instant clock,
        List<Language> languages) {

    public SandboxInfo {
        languages = List.copyOf(languages);
    }

    /**
     * A language in which code can be run.
     *
     * @param running whether its interpreter is running
     */
    public record Language(String name, List<String> aliases, String version, boolean running) {
        public Language {
            aliases = List.copyOf(aliases);
        }
    }
}
