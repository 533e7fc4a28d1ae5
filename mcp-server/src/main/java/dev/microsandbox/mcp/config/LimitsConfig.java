package dev.microsandbox.mcp.config;

import java.util.List;

/**
 * Limits on the resources of all sandboxes together.
 *
 * @param cpus virtual CPUs
 * @param memoryBytes memory in bytes
 */
public record LimitsConfig(int cpus, long memoryBytes) {

    static final Setting<Integer> CPUS =
            Setting.integer("cpu_limit", "CPUs of all sandboxes together", "4", 1, 4096);

    static final Setting<Long> MEMORY =
            Setting.memory("memory_limit", "Memory of all sandboxes together", "8G");

    static final List<Setting<?>> SETTINGS = List.of(CPUS, MEMORY);

    static LimitsConfig read(SettingValues values) {
        return new LimitsConfig(values.read(CPUS), values.read(MEMORY));
    }
}
