package dev.microsandbox.mcp.config;

import java.util.List;

/**
 * How many sandboxes are kept ready.
 *
 * @param size minimum number; 0 for no pool
 * @param max maximum number
 */
public record PoolConfig(int size, int max) {

    static final Setting<Integer> SIZE =
            Setting.integer(
                    "pool.size", "How many sandboxes serve keeps ready; 0 for none", "1", 0, 1000);

    static final Setting<Integer> MAX =
            Setting.integer(
                    "pool.max",
                    "How many sandboxes serve keeps ready at most, when demand is high",
                    "4",
                    0,
                    1000);

    static final List<Setting<?>> SETTINGS = List.of(SIZE, MAX);

    static PoolConfig read(SettingValues values) {
        int size = values.read(SIZE);
        int max = values.read(MAX);
        // If only a maximum of 0 is given, there is no pool.
        if (max < size && values.isGiven(SIZE)) {
            Value own = values.valueOf(SIZE);
            throw new ConfigException(
                    "%s: %s is %s, more than %s (%d, %s)"
                            .formatted(
                                    own.origin(),
                                    SIZE.key(),
                                    own.text(),
                                    MAX.key(),
                                    max,
                                    values.valueOf(MAX).origin()));
        }
        return new PoolConfig(Math.min(size, max), max);
    }
}
