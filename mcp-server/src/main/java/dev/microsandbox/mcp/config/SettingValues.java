package dev.microsandbox.mcp.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The values of settings: as somebody gave them, or the defaults. */
final class SettingValues {

    private final Map<String, Value> given;

    /** Every value with its origin, the defaults too, by key, in the order of printing. */
    private final Map<String, Value> effective = new LinkedHashMap<>();

    /**
     * @param given values by their keys
     */
    SettingValues(Value home, Map<String, Value> given) {
        this.given = given;
        effective.put("home", home);
        Settings.ALL.forEach(setting -> effective.put(setting.key(), valueOf(setting)));
    }

    /** Every value with its origin, in the order of printing. */
    Map<String, Value> effective() {
        return effective;
    }

    /** The keys that somebody gave a value. */
    Set<String> keys() {
        return Collections.unmodifiableSet(given.keySet());
    }

    boolean isGiven(Setting<?> setting) {
        return given.containsKey(setting.key());
    }

    /** Whether a setting that need not be printed is given; then it is printed. */
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
     * @throws ConfigException if it is none that the setting takes
     */
    <T> T read(Setting<T> setting) {
        return setting.read(valueOf(setting));
    }

    /**
     * Checks that one sandbox fits what all may use.
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
