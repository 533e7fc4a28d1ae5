package dev.microsandbox.mcp.config;

import java.util.List;

/**
 * Limits on the checkpoints of one session.
 *
 * @param maxCount maximum number of checkpoints
 * @param maxBytes maximum disk space of all checkpoints together, in bytes
 */
public record CheckpointConfig(int maxCount, long maxBytes) {

    static final Setting<Integer> MAX_COUNT =
            Setting.integer(
                    "checkpoint.max_count",
                    "Maximum number of checkpoints of a session",
                    "20",
                    0,
                    1000);

    static final Setting<Long> MAX_BYTES =
            Setting.bytes(
                    "checkpoint.max_bytes",
                    "Maximum disk space of a session's checkpoints together",
                    "4G");

    static final List<Setting<?>> SETTINGS = List.of(MAX_COUNT, MAX_BYTES);

    static CheckpointConfig read(SettingValues values) {
        return new CheckpointConfig(values.read(MAX_COUNT), values.read(MAX_BYTES));
    }

    /** What holds for a namespace: its own values, else those of this record. */
    CheckpointConfig ofNamespace(String name, SettingValues values) {
        return new CheckpointConfig(
                NamespaceConfig.read(name, MAX_COUNT, maxCount, values),
                NamespaceConfig.read(name, MAX_BYTES, maxBytes, values));
    }
}
