package dev.microsandbox.mcp.config;

import dev.microsandbox.vmm.SandboxConfig;
import java.util.List;
import java.util.Optional;

/**
 * Limits on what one namespace may use. Where a limit is empty, only the server's totals limit the
 * namespace.
 *
 * @param sessions MCP sessions that are open at once
 * @param sandboxes sandboxes that run or start at once
 * @param cpus virtual CPUs of its sandboxes together
 * @param memoryBytes memory of its sandboxes together, in bytes
 * @param diskBytes disk space of its checkpoints and suspended computers together, in bytes
 * @param callsPerMinute calls of tools
 */
public record QuotaConfig(
        Optional<Integer> sessions,
        Optional<Integer> sandboxes,
        Optional<Integer> cpus,
        Optional<Long> memoryBytes,
        Optional<Long> diskBytes,
        Optional<Integer> callsPerMinute) {

    private static final String AUTO = "auto";

    static final Setting<Optional<Integer>> SESSIONS =
            Setting.integer(
                            "quota.sessions",
                            "MCP sessions of a namespace; auto: as many as the server has",
                            AUTO,
                            1,
                            1_000_000)
                    .orAuto();

    static final Setting<Optional<Integer>> SANDBOXES =
            Setting.integer(
                            "quota.sandboxes",
                            "Sandboxes of a namespace; auto: as many as cpu_limit and memory_limit"
                                    + " allow",
                            AUTO,
                            1,
                            1_000_000)
                    .orAuto();

    static final Setting<Optional<Integer>> CPUS =
            Setting.integer(
                            "quota.cpus",
                            "CPUs of a namespace's sandboxes together; auto: cpu_limit",
                            AUTO,
                            1,
                            4096)
                    .orAuto();

    static final Setting<Optional<Long>> MEMORY =
            Setting.memory(
                            "quota.memory",
                            "Memory of a namespace's sandboxes together; auto: memory_limit",
                            AUTO)
                    .orAuto();

    static final Setting<Optional<Long>> DISK =
            Setting.bytes(
                            "quota.disk",
                            "Disk space of a namespace's checkpoints and suspended computers"
                                    + " together; auto: what the disk has",
                            AUTO)
                    .orAuto();

    static final Setting<Optional<Integer>> CALLS =
            Setting.integer(
                            "quota.calls_per_minute",
                            "Calls of tools that a namespace may make in a minute; auto: any number",
                            AUTO,
                            1,
                            1_000_000)
                    .orAuto();

    static final List<Setting<?>> SETTINGS =
            List.of(SESSIONS, SANDBOXES, CPUS, MEMORY, DISK, CALLS);

    /** The quota of a namespace that has no limits of its own. */
    static QuotaConfig read(SandboxConfig sandbox, SettingValues values) {
        QuotaConfig quota =
                new QuotaConfig(
                        values.read(SESSIONS),
                        values.read(SANDBOXES),
                        values.read(CPUS),
                        values.read(MEMORY),
                        values.read(DISK),
                        values.read(CALLS));
        quota.check(sandbox, CPUS, MEMORY, SandboxSettings.CPUS, SandboxSettings.MEMORY, values);
        return quota;
    }

    /**
     * The quota of a namespace: its own limits, else those of this quota.
     *
     * @param sandbox the configuration of its sandboxes
     */
    QuotaConfig ofNamespace(String name, SandboxConfig sandbox, SettingValues values) {
        QuotaConfig own =
                new QuotaConfig(
                        NamespaceConfig.read(name, SESSIONS, sessions, values),
                        NamespaceConfig.read(name, SANDBOXES, sandboxes, values),
                        NamespaceConfig.read(name, CPUS, cpus, values),
                        NamespaceConfig.read(name, MEMORY, memoryBytes, values),
                        NamespaceConfig.read(name, DISK, diskBytes, values),
                        NamespaceConfig.read(name, CALLS, callsPerMinute, values));
        own.check(
                sandbox,
                given(NamespaceConfig.own(name, CPUS), CPUS, values),
                given(NamespaceConfig.own(name, MEMORY), MEMORY, values),
                given(
                        NamespaceConfig.own(name, SandboxSettings.CPUS),
                        SandboxSettings.CPUS,
                        values),
                given(
                        NamespaceConfig.own(name, SandboxSettings.MEMORY),
                        SandboxSettings.MEMORY,
                        values),
                values);
        return own;
    }

    private static Setting<?> given(Setting<?> own, Setting<?> ofAll, SettingValues values) {
        return values.isGiven(own) ? own : ofAll;
    }

    /** Checks that one sandbox does not exceed the quota. */
    private void check(
            SandboxConfig sandbox,
            Setting<?> allCpus,
            Setting<?> allMemory,
            Setting<?> oneCpus,
            Setting<?> oneMemory,
            SettingValues values) {
        cpus.ifPresent(most -> values.checkFits(oneCpus, sandbox.cpus(), allCpus, most));
        memoryBytes.ifPresent(
                most -> values.checkFits(oneMemory, sandbox.memoryBytes(), allMemory, most));
    }
}
