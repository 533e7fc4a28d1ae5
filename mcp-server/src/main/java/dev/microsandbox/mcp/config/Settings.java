package dev.microsandbox.mcp.config;

import dev.microsandbox.mcp.units.ByteSize;
import dev.microsandbox.mcp.units.Durations;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.host.Accelerator;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Everything that can be configured, in the order in which it is printed. */
public final class Settings {

    private static final long MIB = 1024 * 1024;

    static final Setting<String> HOST =
            new Setting<>("host", "Address to listen on", "127.0.0.1", Settings::text);

    static final Setting<Integer> PORT =
            new Setting<>(
                    "port", "Port to listen on, 0 for any free one", "5555", integer(0, 65_535));

    static final Setting<Boolean> DEV_MODE =
            new Setting<>(
                    "dev_mode",
                    "Ask for no API keys: for development, on machines that nobody else reaches",
                    "false",
                    Settings::flag);

    static final Setting<Set<String>> ALLOWED_ORIGINS =
            new Setting<>(
                    "allowed_origins",
                    "Web origins, separated by commas, allowed beside loopback ones",
                    "",
                    Settings::list);

    static final Setting<Set<String>> ALLOWED_HOSTS =
            new Setting<>(
                    "allowed_hosts",
                    "Names, separated by commas, by which clients may call the server",
                    "",
                    Settings::list);

    static final Setting<Integer> CPU_LIMIT =
            new Setting<>("cpu_limit", "CPUs of all sandboxes together", "4", integer(1, 4096));

    static final Setting<Long> MEMORY_LIMIT =
            new Setting<>(
                    "memory_limit", "Memory of all sandboxes together", "8G", Settings::memory);

    static final Setting<Accelerator> ACCELERATOR =
            new Setting<>(
                    "accelerator",
                    "What sandboxes run on: kvm, qemu (software emulation), or auto, which is KVM"
                            + " where the processor runs guests' kernels and QEMU elsewhere",
                    "auto",
                    Settings::accelerator);

    static final Setting<ServerConfig.LogLevel> LOG_LEVEL =
            new Setting<>(
                    "log_level",
                    "What is logged, to standard error: error, warn, info, debug or trace",
                    "info",
                    Settings::logLevel);

    static final Setting<Duration> RUN_TIMEOUT =
            new Setting<>(
                    "run.timeout",
                    "Time-out of code and commands whose call gives none",
                    "30s",
                    duration(Duration.ofMillis(100), Duration.ofHours(1)));

    static final Setting<String> SANDBOX_IMAGE =
            new Setting<>("sandbox.image", "Guest image of a sandbox", "default", Settings::text);

    static final Setting<Integer> SANDBOX_CPUS =
            new Setting<>("sandbox.cpus", "CPUs of a sandbox", "1", integer(1, 8));

    static final Setting<Long> SANDBOX_MEMORY =
            new Setting<>("sandbox.memory", "Memory of a sandbox", "512M", Settings::memory);

    static final Setting<String> SANDBOX_TIME_ZONE =
            new Setting<>(
                    "sandbox.time_zone",
                    "Time zone of a sandbox; TZ says it too",
                    "UTC",
                    Settings::timeZone);

    static final Setting<Optional<Duration>> SANDBOX_START_TIMEOUT =
            new Setting<>(
                    "sandbox.start_timeout",
                    "How long a sandbox may take to start; auto: 2m, or what this host needs",
                    "auto",
                    automatic(duration(Duration.ofSeconds(1), Duration.ofHours(1))));

    static final Setting<Optional<Duration>> SANDBOX_INTERPRETER_TIMEOUT =
            new Setting<>(
                    "sandbox.interpreter_timeout",
                    "How long a language's interpreter may take to start; auto: likewise",
                    "auto",
                    automatic(duration(Duration.ofSeconds(1), Duration.ofHours(1))));

    static final Setting<Duration> SESSION_IDLE_TIMEOUT =
            new Setting<>(
                    "session.idle_timeout",
                    "How long after its last call a session's sandbox is suspended or closed",
                    "15m",
                    duration(Duration.ofSeconds(1), Duration.ofDays(30)));

    static final Setting<Duration> SESSION_LIFETIME =
            new Setting<>(
                    "session.lifetime",
                    "At which age a session's sandbox is closed",
                    "8h",
                    duration(Duration.ofSeconds(1), Duration.ofDays(365)));

    static final Setting<Boolean> SESSION_SUSPEND =
            new Setting<>(
                    "session.suspend",
                    "Save an idle sandbox to the disk, to go on with the next call, rather than"
                            + " close it",
                    "true",
                    Settings::flag);

    static final Setting<Integer> CHECKPOINT_MAX_COUNT =
            new Setting<>(
                    "checkpoint.max_count",
                    "How many checkpoints a session may have",
                    "20",
                    integer(0, 1000));

    static final Setting<Long> CHECKPOINT_MAX_BYTES =
            new Setting<>(
                    "checkpoint.max_bytes",
                    "What a session's checkpoints may take on the disk together",
                    "4G",
                    ByteSize::parse);

    static final Setting<Integer> POOL_SIZE =
            new Setting<>(
                    "pool.size",
                    "How many sandboxes serve keeps ready, 0 for none",
                    "1",
                    integer(0, 1000));

    static final Setting<Integer> POOL_MAX =
            new Setting<>(
                    "pool.max",
                    "How many sandboxes serve keeps ready at the most, when many are asked for",
                    "4",
                    integer(0, 1000));

    static final Setting<Boolean> TEMPLATE_ENABLED =
            new Setting<>(
                    "template.enabled",
                    "Make sandboxes of a template that is booted once, where there is one",
                    "true",
                    Settings::flag);

    static final Setting<Set<String>> TEMPLATE_LANGUAGES =
            new Setting<>(
                    "template.languages",
                    "Interpreters, separated by commas, that run in a template",
                    "python,javascript,shell",
                    Settings::list);

    static final Setting<Set<String>> TEMPLATE_PYTHON =
            new Setting<>(
                    "template.python",
                    "Modules, separated by commas, that Python has imported in a template",
                    "numpy,pandas,matplotlib.pyplot",
                    Settings::list);

    /** All of them. */
    public static final List<Setting<?>> ALL =
            List.of(
                    HOST,
                    PORT,
                    DEV_MODE,
                    ALLOWED_ORIGINS,
                    ALLOWED_HOSTS,
                    CPU_LIMIT,
                    MEMORY_LIMIT,
                    ACCELERATOR,
                    LOG_LEVEL,
                    RUN_TIMEOUT,
                    SANDBOX_IMAGE,
                    SANDBOX_CPUS,
                    SANDBOX_MEMORY,
                    SANDBOX_TIME_ZONE,
                    SANDBOX_START_TIMEOUT,
                    SANDBOX_INTERPRETER_TIMEOUT,
                    SESSION_IDLE_TIMEOUT,
                    SESSION_LIFETIME,
                    SESSION_SUSPEND,
                    CHECKPOINT_MAX_COUNT,
                    CHECKPOINT_MAX_BYTES,
                    POOL_SIZE,
                    POOL_MAX,
                    TEMPLATE_ENABLED,
                    TEMPLATE_LANGUAGES,
                    TEMPLATE_PYTHON);

    private Settings() {}

    /** The setting as it is under {@code namespaces.NAME}: the namespace's value, else its own. */
    static <T> Setting<T> inNamespace(String namespace, Setting<T> setting) {
        String name = setting.key().substring("sandbox.".length());
        return new Setting<>(
                "namespaces." + namespace + "." + name,
                setting.description(),
                setting.fallback(),
                setting.parser());
    }

    private static String text(String text) {
        if (text.isBlank()) {
            throw new IllegalArgumentException("a text that is not empty");
        }
        return text.strip();
    }

    private static Function<String, Integer> integer(int least, int most) {
        return text -> {
            try {
                int value = Integer.parseInt(text.strip());
                if (value >= least && value <= most) {
                    return value;
                }
            } catch (NumberFormatException e) {
                // Refused below, like a number out of range.
            }
            throw new IllegalArgumentException(
                    "a whole number from %d to %d".formatted(least, most));
        };
    }

    private static boolean flag(String text) {
        return switch (text.strip().toLowerCase(Locale.ROOT)) {
            case "true", "yes", "on", "1" -> true;
            case "false", "no", "off", "0" -> false;
            default -> throw new IllegalArgumentException("true or false");
        };
    }

    private static Set<String> list(String text) {
        return Arrays.stream(text.split(",", -1))
                .map(String::strip)
                .filter(item -> !item.isEmpty())
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static long memory(String text) {
        long bytes = ByteSize.parse(text);
        if (bytes < 128 * MIB || bytes % MIB != 0) {
            throw new IllegalArgumentException("whole MiB and at least 128M");
        }
        return bytes;
    }

    private static Function<String, Duration> duration(Duration least, Duration most) {
        return text -> {
            Duration duration = Durations.parse(text);
            if (duration.compareTo(least) < 0 || duration.compareTo(most) > 0) {
                throw new IllegalArgumentException(
                        "from %s to %s"
                                .formatted(Durations.compact(least), Durations.compact(most)));
            }
            return duration;
        };
    }

    /** A value, or {@code auto}. */
    private static <T> Function<String, Optional<T>> automatic(Function<String, T> parser) {
        return text -> {
            if (text.strip().equalsIgnoreCase("auto")) {
                return Optional.empty();
            }
            try {
                return Optional.of(parser.apply(text));
            } catch (IllegalArgumentException e) {
                String allowed = String.valueOf(e.getMessage()).replaceFirst("^must be ", "");
                throw new IllegalArgumentException("auto, or " + allowed, e);
            }
        };
    }

    static String timeZone(String text) {
        if (!SandboxConfig.isTimeZone(text.strip())) {
            throw new IllegalArgumentException("a name of the tz database, such as Europe/Zurich");
        }
        return text.strip();
    }

    private static Accelerator accelerator(String text) {
        for (Accelerator accelerator : Accelerator.values()) {
            if (accelerator.name().equalsIgnoreCase(text.strip())) {
                return accelerator;
            }
        }
        throw new IllegalArgumentException("auto, kvm or qemu");
    }

    private static ServerConfig.LogLevel logLevel(String text) {
        for (ServerConfig.LogLevel level : ServerConfig.LogLevel.values()) {
            if (level.name().equalsIgnoreCase(text.strip())) {
                return level;
            }
        }
        throw new IllegalArgumentException("error, warn, info, debug or trace");
    }
}
