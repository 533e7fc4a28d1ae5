package dev.microsandbox.mcp.config;

import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.host.Accelerator;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The complete, validated configuration of a process.
 *
 * @param home the directory of images, keys and the configuration file
 * @param logLevel the least severe level that is logged
 * @param http settings of the HTTP server
 * @param workers which processes of the HTTP server run sandboxes
 * @param accelerator what sandboxes run on
 * @param limits limits on the resources of all sandboxes together
 * @param ofAll what holds for a namespace, unless it has its own
 * @param pool how many sandboxes are kept ready
 * @param template the templates from which sandboxes start instead of booting
 * @param qemu how QEMU is confined
 * @param namespaces what holds for the namespaces that override {@code ofAll}
 */
public record ServerConfig(
        Path home,
        LogLevel logLevel,
        HttpConfig http,
        WorkersMode workers,
        Accelerator accelerator,
        LimitsConfig limits,
        NamespaceConfig ofAll,
        PoolConfig pool,
        TemplateConfig template,
        QemuConfig qemu,
        Map<String, NamespaceConfig> namespaces) {

    static final Setting<Accelerator> ACCELERATOR =
            Setting.of(
                    "accelerator",
                    "What sandboxes run on: kvm, qemu (software emulation), or auto, which"
                            + " is KVM where the processor runs guest kernels, and QEMU elsewhere",
                    "auto",
                    ServerConfig::accelerator);

    static final Setting<LogLevel> LOG_LEVEL =
            Setting.of(
                    "log_level",
                    "Level of the log on standard error: error, warn, info, debug or trace",
                    "info",
                    ServerConfig::logLevel);

    static final Setting<WorkersMode> WORKERS =
            Setting.of(
                    "workers",
                    "Which processes of serve run sandboxes: shared (one for all), namespace (one"
                            + " for each), or auto, which is namespace where API keys are asked for"
                            + " and this host can confine the processes, and shared elsewhere",
                    "auto",
                    ServerConfig::workers);

    static final List<Setting<?>> SETTINGS = List.of(WORKERS, ACCELERATOR, LOG_LEVEL);

    public ServerConfig {
        namespaces = Map.copyOf(namespaces);
    }

    /** What holds for a namespace. */
    public NamespaceConfig of(String namespace) {
        return namespaces.getOrDefault(namespace, ofAll);
    }

    /** The configuration of a sandbox, unless its namespace has its own. */
    public SandboxConfig sandbox() {
        return ofAll.sandbox();
    }

    /** What code may be run, unless the namespace has its own limits. */
    public RunConfig run() {
        return ofAll.run();
    }

    /** All configurations that sandboxes may have, each once, the most common first. */
    public List<SandboxConfig> sandboxes() {
        List<SandboxConfig> sandboxes = new ArrayList<>();
        sandboxes.add(sandbox());
        for (NamespaceConfig namespace : namespaces.values()) {
            // A set would hash records, for which the JVM makes code at each start.
            if (!sandboxes.contains(namespace.sandbox())) {
                sandboxes.add(namespace.sandbox());
            }
        }
        return List.copyOf(sandboxes);
    }

    /** The directory of templates. */
    public Path templates() {
        return home.resolve("templates");
    }

    /** The directory of the files of workers, one directory for each namespace. */
    public Path tenants() {
        return home.resolve("tenants");
    }

    /** The directory of the sessions' files. */
    public Path sessions() {
        return home.resolve("sessions");
    }

    /** The directory of API keys, next to the files of the namespaces that they open. */
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
        NamespaceConfig ofAll = NamespaceConfig.read(limits, values);
        return new ServerConfig(
                home,
                values.read(LOG_LEVEL),
                HttpConfig.read(values),
                values.read(WORKERS),
                values.read(ACCELERATOR),
                limits,
                ofAll,
                PoolConfig.read(values),
                TemplateConfig.read(values),
                QemuConfig.read(values),
                ofAll.overridden(limits, values));
    }

    private static WorkersMode workers(String text) {
        for (WorkersMode mode : WorkersMode.values()) {
            if (mode.name().equalsIgnoreCase(text.strip())) {
                return mode;
            }
        }
        throw new IllegalArgumentException("auto, shared or namespace");
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
