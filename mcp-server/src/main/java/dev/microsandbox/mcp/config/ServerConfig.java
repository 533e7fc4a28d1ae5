package dev.microsandbox.mcp.config;

import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.host.Accelerator;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The whole configuration of a process, checked.
 *
 * @param home where images, keys and the configuration file are kept
 * @param logLevel the least level that is logged
 * @param http the HTTP server
 * @param accelerator what sandboxes run on
 * @param limits what all sandboxes together may use
 * @param sandbox what a sandbox is made of, unless its namespace says otherwise
 * @param session how long a session's sandbox lives
 * @param checkpoints what a session's checkpoints may take
 * @param pool sandboxes that are kept ready
 * @param runTimeout time-out of code and commands whose call gives none
 * @param template what sandboxes are made of, rather than booted
 * @param namespaces sandboxes of namespaces that differ from {@code sandbox}
 */
public record ServerConfig(
        Path home,
        LogLevel logLevel,
        HttpConfig http,
        Accelerator accelerator,
        LimitsConfig limits,
        SandboxConfig sandbox,
        SessionConfig session,
        CheckpointConfig checkpoints,
        PoolConfig pool,
        Duration runTimeout,
        TemplateConfig template,
        Map<String, SandboxConfig> namespaces) {

    static final Setting<Accelerator> ACCELERATOR =
            Setting.of(
                    "accelerator",
                    "What sandboxes run on: kvm, qemu (software emulation), or auto, which is KVM"
                            + " where the processor runs guests' kernels and QEMU elsewhere",
                    "auto",
                    ServerConfig::accelerator);

    static final Setting<LogLevel> LOG_LEVEL =
            Setting.of(
                    "log_level",
                    "What is logged, to standard error: error, warn, info, debug or trace",
                    "info",
                    ServerConfig::logLevel);

    static final Setting<Duration> RUN_TIMEOUT =
            Setting.duration(
                    "run.timeout",
                    "Time-out of code and commands whose call gives none",
                    "30s",
                    Duration.ofMillis(100),
                    Duration.ofHours(1));

    static final List<Setting<?>> SETTINGS = List.of(ACCELERATOR, LOG_LEVEL, RUN_TIMEOUT);

    public ServerConfig {
        namespaces = Map.copyOf(namespaces);
    }

    /** What a sandbox of a namespace is made of. */
    public SandboxConfig sandboxOf(String namespace) {
        return namespaces.getOrDefault(namespace, sandbox);
    }

    /** The directory of templates. */
    public Path templates() {
        return home.resolve("templates");
    }

    /** The directory of what sessions keep on the disk. */
    public Path sessions() {
        return home.resolve("sessions");
    }

    /** The directory of API keys, beside the files of the namespaces that they open. */
    public Path keys() {
        return home.resolve(ConfigSources.NAMESPACES).resolve("keys");
    }

    /** Levels of the log. */
    public enum LogLevel {
        ERROR,
        WARN,
        INFO,
        DEBUG,
        TRACE
    }

    static ServerConfig read(Path home, SettingValues values) {
        LimitsConfig limits = LimitsConfig.read(values);
        SandboxConfig sandbox = SandboxSettings.read(limits, values);
        return new ServerConfig(
                home,
                values.read(LOG_LEVEL),
                HttpConfig.read(values),
                values.read(ACCELERATOR),
                limits,
                sandbox,
                SessionConfig.read(values),
                CheckpointConfig.read(values),
                PoolConfig.read(values),
                values.read(RUN_TIMEOUT),
                TemplateConfig.read(values),
                SandboxSettings.ofNamespaces(sandbox, limits, values));
    }

    private static Accelerator accelerator(String text) {
        for (Accelerator accelerator : Accelerator.values()) {
            if (accelerator.name().equalsIgnoreCase(text.strip())) {
                return accelerator;
            }
        }
        throw new IllegalArgumentException("auto, kvm or qemu");
    }

    private static LogLevel logLevel(String text) {
        for (LogLevel level : LogLevel.values()) {
            if (level.name().equalsIgnoreCase(text.strip())) {
                return level;
            }
        }
        throw new IllegalArgumentException("error, warn, info, debug or trace");
    }
}
