package dev.microsandbox.mcp.config;

import dev.microsandbox.vmm.SandboxConfig;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Makes the checked configuration out of texts. */
final class ConfigAssembly {

    private final Path home;
    private final Origin homeOrigin;
    private final Map<String, Value> given;
    private final List<String> warnings;

    /** Every value with its origin, the defaults too, by key, in the order of printing. */
    private final Map<String, Value> effective = new LinkedHashMap<>();

    ConfigAssembly(Path home, Origin homeOrigin, Map<String, Value> given, List<String> warnings) {
        this.home = home;
        this.homeOrigin = homeOrigin;
        this.given = given;
        this.warnings = warnings;
    }

    EffectiveConfig assemble() {
        effective.put("home", new Value(home.toString(), homeOrigin));
        Settings.ALL.forEach(setting -> effective.put(setting.key(), valueOf(setting)));
        ServerConfig.Limits limits =
                new ServerConfig.Limits(read(Settings.CPU_LIMIT), read(Settings.MEMORY_LIMIT));
        SandboxConfig sandbox =
                new SandboxConfig(
                        read(Settings.SANDBOX_IMAGE),
                        read(Settings.SANDBOX_CPUS),
                        read(Settings.SANDBOX_MEMORY),
                        SandboxConfig.DEFAULT.hostName(),
                        read(Settings.SANDBOX_TIME_ZONE),
                        read(Settings.SANDBOX_START_TIMEOUT).orElse(null),
                        read(Settings.SANDBOX_INTERPRETER_TIMEOUT).orElse(null));
        checkFits(Settings.SANDBOX_CPUS, sandbox.cpus(), Settings.CPU_LIMIT, limits.cpus());
        checkFits(
                Settings.SANDBOX_MEMORY,
                sandbox.memoryBytes(),
                Settings.MEMORY_LIMIT,
                limits.memoryBytes());
        ServerConfig config =
                new ServerConfig(
                        home,
                        read(Settings.LOG_LEVEL),
                        new ServerConfig.Http(
                                read(Settings.HOST),
                                read(Settings.PORT),
                                read(Settings.DEV_MODE),
                                read(Settings.ALLOWED_ORIGINS),
                                read(Settings.ALLOWED_HOSTS)),
                        read(Settings.ACCELERATOR),
                        limits,
                        sandbox,
                        new ServerConfig.Session(
                                read(Settings.SESSION_IDLE_TIMEOUT),
                                read(Settings.SESSION_LIFETIME),
                                read(Settings.SESSION_SUSPEND)),
                        new ServerConfig.Checkpoints(
                                read(Settings.CHECKPOINT_MAX_COUNT),
                                read(Settings.CHECKPOINT_MAX_BYTES)),
                        pool(),
                        read(Settings.RUN_TIMEOUT),
                        new ServerConfig.Template(
                                read(Settings.TEMPLATE_ENABLED),
                                read(Settings.TEMPLATE_LANGUAGES),
                                read(Settings.TEMPLATE_PYTHON)),
                        namespaces(sandbox, limits));
        return new EffectiveConfig(config, effective, warnings);
    }

    private ServerConfig.Pool pool() {
        int size = read(Settings.POOL_SIZE);
        int max = read(Settings.POOL_MAX);
        // A maximum of 0 alone means no pool.
        if (max < size && given.containsKey(Settings.POOL_SIZE.key())) {
            Value own = valueOf(Settings.POOL_SIZE);
            throw new ConfigException(
                    "%s: %s is %s, more than %s (%d, %s)"
                            .formatted(
                                    own.origin(),
                                    Settings.POOL_SIZE.key(),
                                    own.text(),
                                    Settings.POOL_MAX.key(),
                                    max,
                                    valueOf(Settings.POOL_MAX).origin()));
        }
        return new ServerConfig.Pool(Math.min(size, max), max);
    }

    private Map<String, SandboxConfig> namespaces(
            SandboxConfig sandbox, ServerConfig.Limits limits) {
        Map<String, SandboxConfig> namespaces = new TreeMap<>();
        for (String key : given.keySet()) {
            ConfigSources.namespaceOf(key)
                    .ifPresent(
                            name ->
                                    namespaces.computeIfAbsent(
                                            name, n -> namespace(n, sandbox, limits)));
        }
        return namespaces;
    }

    private SandboxConfig namespace(
            String name, SandboxConfig sandbox, ServerConfig.Limits limits) {
        Setting<String> image = Settings.inNamespace(name, Settings.SANDBOX_IMAGE);
        Setting<Integer> cpus = Settings.inNamespace(name, Settings.SANDBOX_CPUS);
        Setting<Long> memory = Settings.inNamespace(name, Settings.SANDBOX_MEMORY);
        SandboxConfig own = sandbox;
        if (isGiven(image)) {
            own = own.withImage(read(image));
        }
        if (isGiven(cpus)) {
            own = own.withCpus(read(cpus));
            checkFits(cpus, own.cpus(), Settings.CPU_LIMIT, limits.cpus());
        }
        if (isGiven(memory)) {
            own = own.withMemoryBytes(read(memory));
            checkFits(memory, own.memoryBytes(), Settings.MEMORY_LIMIT, limits.memoryBytes());
        }
        return own;
    }

    private boolean isGiven(Setting<?> setting) {
        Value value = given.get(setting.key());
        if (value != null) {
            effective.put(setting.key(), value);
        }
        return value != null;
    }

    private Value valueOf(Setting<?> setting) {
        Value value = given.get(setting.key());
        return value != null ? value : new Value(setting.fallback(), new Origin.Default());
    }

    private <T> T read(Setting<T> setting) {
        return setting.read(valueOf(setting));
    }

    private void checkFits(Setting<?> one, long size, Setting<?> all, long total) {
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
