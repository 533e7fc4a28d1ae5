package dev.microsandbox.mcp.config;

import dev.microsandbox.mcp.units.AddressRange;
import dev.microsandbox.mcp.units.ByteSize;
import dev.microsandbox.mcp.units.Durations;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * One configurable value. The names of its variable and its option are derived from its key: {@code
 * session.idle_timeout} is {@code MICROSANDBOX_SESSION_IDLE_TIMEOUT} and {@code
 * --session-idle-timeout}.
 *
 * @param key its key in the file, with a dot for nesting
 * @param description a sentence without its full stop
 * @param fallback the text of the default value
 * @param parser parses the text; throws {@link IllegalArgumentException} with a message that
 *     completes "KEY must be …"
 */
public record Setting<T>(
        String key, String description, String fallback, Function<String, T> parser) {

    private static final long MIB = 1024 * 1024;

    /** A setting with its own parser. */
    static <T> Setting<T> of(
            String key, String description, String fallback, Function<String, T> parser) {
        return new Setting<>(key, description, fallback, parser);
    }

    /**
     * A text that matches a pattern.
     *
     * @param allowed what matches; completes "KEY must be …"
     */
    static Setting<String> text(
            String key, String description, String fallback, Pattern pattern, String allowed) {
        return of(key, description, fallback, text -> readText(text, pattern, allowed));
    }

    static Setting<Boolean> flag(String key, String description, String fallback) {
        return of(key, description, fallback, Setting::readFlag);
    }

    /** Texts separated by commas, each of which matches a pattern, as for {@link #text}. */
    static Setting<Set<String>> list(
            String key, String description, String fallback, Pattern pattern, String allowed) {
        return of(key, description, fallback, text -> readList(text, pattern, allowed));
    }

    /** IP addresses and ranges of them, separated by commas. */
    static Setting<Set<String>> addresses(String key, String description, String fallback) {
        return of(key, description, fallback, Setting::readAddresses);
    }

    static Setting<Integer> integer(
            String key, String description, String fallback, int least, int most) {
        return of(key, description, fallback, text -> readInteger(text, least, most));
    }

    /** A number of bytes. */
    static Setting<Long> bytes(String key, String description, String fallback) {
        return of(key, description, fallback, ByteSize::parse);
    }

    /** Memory of sandboxes, in bytes. */
    static Setting<Long> memory(String key, String description, String fallback) {
        return of(key, description, fallback, Setting::readMemory);
    }

    static Setting<Duration> duration(
            String key, String description, String fallback, Duration least, Duration most) {
        return of(key, description, fallback, text -> readDuration(text, least, most));
    }

    /** The same setting, which also accepts {@code auto}; then its value is empty. */
    Setting<Optional<T>> orAuto() {
        return new Setting<>(key, description, fallback, this::readOrAuto);
    }

    private Optional<T> readOrAuto(String text) {
        if (text.strip().equalsIgnoreCase("auto")) {
            return Optional.empty();
        }
        try {
            return Optional.of(parser.apply(text));
        } catch (IllegalArgumentException e) {
            String allowed = String.valueOf(e.getMessage()).replaceFirst("^must be ", "");
            throw new IllegalArgumentException("auto, or " + allowed, e);
        }
    }

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

    private static String readText(String text, Pattern pattern, String allowed) {
        if (text.isBlank()) {
            throw new IllegalArgumentException("a text that is not empty");
        }
        String stripped = text.strip();
        if (!pattern.matcher(stripped).matches()) {
            throw new IllegalArgumentException(allowed);
        }
        return stripped;
    }

    private static int readInteger(String text, int least, int most) {
        try {
            int value = Integer.parseInt(text.strip());
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Rejected below, like a number out of range.
        }
        throw new IllegalArgumentException("a whole number from %d to %d".formatted(least, most));
    }

    private static boolean readFlag(String text) {
        return switch (text.strip().toLowerCase(Locale.ROOT)) {
            case "true", "yes", "on", "1" -> true;
            case "false", "no", "off", "0" -> false;
            default -> throw new IllegalArgumentException("true or false");
        };
    }

    private static Set<String> readList(String text) {
        return Arrays.stream(text.split(",", -1))
                .map(String::strip)
                .filter(item -> !item.isEmpty())
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static Set<String> readList(String text, Pattern pattern, String allowed) {
        Set<String> items = readList(text);
        if (!items.stream().allMatch(item -> pattern.matcher(item).matches())) {
            throw new IllegalArgumentException(allowed + ", separated by commas");
        }
        return items;
    }

    private static Set<String> readAddresses(String text) {
        Set<String> addresses = readList(text);
        try {
            addresses.forEach(AddressRange::parse);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "IP addresses, or ranges such as 10.0.0.0/8, separated by commas", e);
        }
        return addresses;
    }

    private static long readMemory(String text) {
        long bytes = ByteSize.parse(text);
        if (bytes < 128 * MIB || bytes % MIB != 0) {
            throw new IllegalArgumentException("whole MiB and at least 128M");
        }
        return bytes;
    }

    private static Duration readDuration(String text, Duration least, Duration most) {
        Duration duration = Durations.parse(text);
        if (duration.compareTo(least) < 0 || duration.compareTo(most) > 0) {
            throw new IllegalArgumentException(
                    "from %s to %s".formatted(Durations.compact(least), Durations.compact(most)));
        }
        return duration;
    }
}
