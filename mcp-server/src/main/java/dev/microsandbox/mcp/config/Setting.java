package dev.microsandbox.mcp.config;

import java.util.Locale;
import java.util.function.Function;

/**
 * One thing that can be configured. Its variable and its option follow from its key: {@code
 * session.idle_timeout} is {@code MICROSANDBOX_SESSION_IDLE_TIMEOUT} and {@code
 * --session-idle-timeout}.
 *
 * @param key its name in the file, with a dot for nesting
 * @param description a sentence without its full stop
 * @param fallback the value's text where nobody gives one
 * @param parser reads the text; throws {@link IllegalArgumentException} with a message that
 *     completes "KEY must be …"
 */
public record Setting<T>(
        String key, String description, String fallback, Function<String, T> parser) {

    /** The environment variable. */
    public String variable() {
        return "MICROSANDBOX_" + key.replace('.', '_').toUpperCase(Locale.ROOT);
    }

    /** The command line's option. */
    public String flag() {
        return "--" + key.replace('.', '-').replace('_', '-');
    }

    T read(Value value) {
        try {
            return parser.apply(value.text());
        } catch (IllegalArgumentException e) {
            String reason = String.valueOf(e.getMessage());
            String verb = reason.startsWith("must ") || reason.startsWith("is ") ? "" : "must be ";
            throw new ConfigException(
                    "%s: %s %s%s, not \"%s\""
                            .formatted(value.origin(), key, verb, reason, value.text()));
        }
    }
}
