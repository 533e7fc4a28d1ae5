package dev.microsandbox.mcp.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The values of all settings, given or default. */
final class SettingValues {

    private final Map<String, Value> given;

    /** Every value with its origin, including defaults, by key, in printing order. */
    private final Map<String, Value> effective = new LinkedHashMap<>();

    /**
     * @param home the home directory
     * @param given explicitly given values by key
     */
    SettingValues(Value home, Map<String, Value> given) {
        this.given = given;
        effective.put("home", home);
        Settings.ALL.forEach(setting -> effective.put(setting.key(), valueOf(setting)));
    }

    /** Every value with its origin, in printing order. */
    Map<String, Value> effective() {
        return effective;
    }

    /** The keys of explicitly given values. */
    Set<String> keys() {
        return Collections.unmodifiableSet(given.keySet());
    }

    boolean isGiven(Setting<?> setting) {
        return given.containsKey(setting.key());
    }

    /**
     * Whether an optional setting is given. If so, it is included when the configuration is
     * printed.
     */
    boolean show(Setting<?> setting) {
        Value value = given.get(setting.key());
        if (value != null) {
            effective.put(setting.key(), value);
        }
        return value != null;
    }

    Value valueOf(Setting<?> setting) {
        Value value = given.get(setting.key());
        return value != null ? value : new Value(setting.fallback(), new ValueOrigin.Default());
    }

    /**
     * The value of a setting.
     *
     * @throws ConfigException if the setting does not accept the value
     */
    <T> T read(Setting<T> setting) {
        return setting.read(valueOf(setting));
    }

    /**
     * Checks that one sandbox does not exceed the limit for all sandboxes.
     *
     * @throws ConfigException if it does not
     */
    void checkFits(Setting<?> one, long size, Setting<?> all, long total) {
        if (size > total) {
            Value own = valueOf(one);
            Value limit = valueOf(all);
            throw new ConfigException(
                    "%s: %s is %s, more than %s (%s, %s) allows: no sandbox could start"
                            .formatted(
                                    own.origin(),
                                    one.key(),
                                    own.text(),
                                    all.key(),
                                    limit.text(),
                                    limit.origin()));
        }
    }
}
