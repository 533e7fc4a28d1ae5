package dev.microsandbox.mcp.tools.definition;

import dev.microsandbox.mcp.tools.path.GuestPath;
import dev.microsandbox.mcp.tools.schema.Schema;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An argument of a tool: its schema, its other names, and how its value is read.
 *
 * <p>Models often write a number as a string, or use an argument's name from another tool. Both are
 * accepted where the meaning is clear, although the schema does not offer them.
 *
 * @param name the canonical name
 * @param aliases further names that are accepted
 * @param schema the JSON Schema of the value
 * @param isRequired whether a call must give the argument
 * @param fallback the default value; null if there is none
 * @param reader converts the JSON value
 */
public record Parameter<T>(
        String name,
        List<String> aliases,
        Map<String, Object> schema,
        boolean isRequired,
        @Nullable T fallback,
        Reader<T> reader) {

    /** The longest time that code or a command may run. */
    public static final Duration MAX_TIMEOUT = Duration.ofHours(1);

    /** Converts a JSON value to the argument's type, or rejects it. */
    public interface Reader<T> {
        /**
         * Reads a value.
         *
         * @throws IllegalArgumentException whose message completes "NAME must be …"
         */
        T read(Object json);
    }

    /**
     * The computer of the session on which a tool acts. The empty handle means the session's own
     * computer.
     */
    public static final Parameter<String> COMPUTER =
            of(
                            "computer",
                            Schema.string(
                                    "Handle of a fork, for example f1; the session's own computer"
                                            + " if left out."),
                            Parameter::readComputer)
                    .alias("session", "sandbox", "handle");

    public static Parameter<String> text(String name, String description) {
        return of(name, Schema.string(description), Parameter::readText);
    }

    /** The id or the label of a checkpoint. */
    public static Parameter<String> label(String name, String description) {
        return of(name, Schema.string(description), Parameter::readLabel);
    }

    /** A language's name. */
    public static Parameter<String> language(String description) {
        return of("language", Schema.string(description), Parameter::readLanguage).alias("lang");
    }

    /** A path in the guest, or a {@code file:} URI. */
    public static Parameter<String> path(String description) {
        return of("path", Schema.string(description), Parameter::readPath)
                .alias("file_path", "file", "filename");
    }

    /** The file on which a call acts. */
    public static Parameter<String> file() {
        return path("The file; relative to /workspace.").required();
    }

    public static Parameter<String> choice(String name, String description, List<String> values) {
        return of(
                name,
                Schema.oneOf(description, values),
                json -> {
                    if (values.contains(json)) {
                        return (String) json;
                    }
                    throw new IllegalArgumentException("one of " + String.join(", ", values));
                });
    }

    public static Parameter<Boolean> flag(String name, String description) {
        return of(name, Schema.bool(description), Parameter::readFlag).defaultsTo(false);
    }

    public static Parameter<Long> integer(String name, String description, long least, long most) {
        Map<String, Object> schema = Schema.integer(description);
        schema.put("minimum", least);
        schema.put("maximum", most);
        return of(name, schema, json -> readInteger(json, least, most));
    }

    /**
     * The maximum duration of an operation, in seconds. Its default is that of the session's
     * namespace. All clients get the same schema, so the schema can only say where to look.
     *
     * @param usual the default of namespaces that do not have their own
     */
    public static Parameter<Duration> timeout(Duration usual) {
        String seconds =
                BigDecimal.valueOf(usual.toMillis(), 3).stripTrailingZeros().toPlainString();
        Map<String, Object> schema =
                Schema.number(
                        "Seconds until it is stopped. Fractions are allowed. Default: run_timeout of"
                                + " session_info, usually %s.".formatted(seconds));
        schema.put("exclusiveMinimum", 0);
        schema.put("maximum", MAX_TIMEOUT.toSeconds());
        return of("timeout", schema, Parameter::readTimeout).alias("timeout_seconds");
    }

    /** How long to wait for something, in seconds. The default is not to wait. */
    public static Parameter<Duration> wait(String description, Duration most) {
        Map<String, Object> schema = Schema.number(description);
        schema.put("minimum", 0);
        schema.put("maximum", most.toSeconds());
        schema.put("default", 0);
        return new Parameter<>(
                "wait",
                List.of("wait_seconds", "timeout"),
                schema,
                false,
                Duration.ZERO,
                json -> readWait(json, most));
    }

    /** A parameter with its own schema and reader. */
    public static <T> Parameter<T> of(String name, Map<String, Object> schema, Reader<T> reader) {
        return new Parameter<>(name, List.of(), schema, false, null, reader);
    }

    public Parameter<T> alias(String... others) {
        return new Parameter<>(name, List.of(others), schema, isRequired, fallback, reader);
    }

    /** The same kind of value under another name. */
    public Parameter<T> named(String newName, String... newAliases) {
        return new Parameter<>(newName, List.of(newAliases), schema, isRequired, fallback, reader);
    }

    public Parameter<T> required() {
        return new Parameter<>(name, aliases, schema, true, fallback, reader);
    }

    public Parameter<T> defaultsTo(T value) {
        Map<String, Object> withDefault = new LinkedHashMap<>(schema);
        withDefault.put("default", value);
        return new Parameter<>(name, aliases, withDefault, isRequired, value, reader);
    }

    /**
     * Reads a value.
     *
     * @throws ToolException if the parameter does not accept the value
     */
    T read(Object json) {
        try {
            return reader.read(json);
        } catch (IllegalArgumentException e) {
            throw new ToolException(
                    "%s must be %s, not %s.".formatted(name, e.getMessage(), shown(json)));
        }
    }

    private static String readText(Object json) {
        if (json instanceof String text) {
            return text;
        }
        throw new IllegalArgumentException("a string");
    }

    private static String readPath(Object json) {
        String path = json instanceof String text ? GuestPath.parse(text) : "";
        if (!path.isEmpty() && path.indexOf('\0') < 0 && path.length() <= 4096) {
            return path;
        }
        throw new IllegalArgumentException("a path of 1 to 4096 characters without NUL");
    }

    private static String readComputer(Object json) {
        if (json instanceof String handle) {
            if (handle.isEmpty() || handle.equals("main")) {
                return "";
            }
            if (handle.matches("f[0-9]{1,9}")) {
                return handle;
            }
        }
        throw new IllegalArgumentException("the handle that fork gave, such as f1");
    }

    private static String readLabel(Object json) {
        if (json instanceof String label
                && !label.isBlank()
                && label.length() <= 64
                && label.chars().noneMatch(Character::isISOControl)) {
            return label.strip();
        }
        throw new IllegalArgumentException("a name of 1 to 64 characters");
    }

    private static String readLanguage(Object json) {
        if (json instanceof String name && name.matches("[A-Za-z0-9+#._-]{1,40}")) {
            return name;
        }
        throw new IllegalArgumentException("a name such as python, javascript or shell");
    }

    private static boolean readFlag(Object json) {
        if (json instanceof Boolean flag) {
            return flag;
        }
        if ("true".equals(json) || "false".equals(json)) {
            return "true".equals(json);
        }
        throw new IllegalArgumentException("true or false");
    }

    private static long readInteger(Object json, long least, long most) {
        try {
            long value = number(json).longValueExact();
            if (value >= least && value <= most) {
                return value;
            }
        } catch (ArithmeticException e) {
            // A fraction or a number beyond 64 bits is rejected below, like any number out of
            // range.
        } catch (NumberFormatException e) {
            // Not a number at all.
        }
        throw new IllegalArgumentException(
                most == Long.MAX_VALUE
                        ? "a whole number of at least " + least
                        : "a whole number from %d to %d".formatted(least, most));
    }

    private static Duration readTimeout(Object json) {
        try {
            BigDecimal seconds = number(json);
            BigDecimal most = BigDecimal.valueOf(MAX_TIMEOUT.toSeconds());
            if (seconds.signum() > 0 && seconds.compareTo(most) <= 0) {
                long millis = seconds.movePointRight(3).longValue();
                return Duration.ofMillis(Math.max(1, millis));
            }
        } catch (NumberFormatException e) {
            // Not a number at all.
        }
        throw new IllegalArgumentException(
                "a number of seconds above 0 and at most " + MAX_TIMEOUT.toSeconds());
    }

    private static Duration readWait(Object json, Duration most) {
        try {
            BigDecimal seconds = number(json);
            if (seconds.signum() >= 0
                    && seconds.compareTo(BigDecimal.valueOf(most.toSeconds())) <= 0) {
                return Duration.ofMillis(seconds.movePointRight(3).longValue());
            }
        } catch (NumberFormatException e) {
            // Not a number at all.
        }
        throw new IllegalArgumentException(
                "a number of seconds from 0 to %d".formatted(most.toSeconds()));
    }

    private static BigDecimal number(Object json) {
        String text = json instanceof Number || json instanceof String ? json.toString() : "";
        // An exponent of a billion would create a number with a billion digits.
        if (text.length() > 40 || text.matches(".*[eE][+-]?\\d{3,}.*")) {
            throw new NumberFormatException("out of range");
        }
        return new BigDecimal(text.strip());
    }

    private static String shown(Object json) {
        String text = json instanceof String s ? '"' + s + '"' : json.toString();
        return text.length() <= 60 ? text : text.substring(0, 60) + "…";
    }
}
