package dev.microsandbox.mcp.config;

import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.image.GuestAssetStore;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The settings of a sandbox, and of the sandboxes of each namespace. */
final class SandboxSettings {

    static final Setting<String> IMAGE =
            Setting.of(
                    "sandbox.image", "Guest image of a sandbox", "default", SandboxSettings::image);

    static final Setting<Integer> CPUS =
            Setting.integer("sandbox.cpus", "CPUs of a sandbox", "1", 1, 8);

    static final Setting<Long> MEMORY =
            Setting.memory("sandbox.memory", "Memory of a sandbox", "512M");

    static final Setting<String> TIME_ZONE =
            Setting.of(
                    "sandbox.time_zone",
                    "Time zone of a sandbox; the variable TZ sets it, too",
                    "UTC",
                    SandboxSettings::timeZone);

    static final Setting<Optional<Duration>> START_TIMEOUT =
            Setting.duration(
                            "sandbox.start_timeout",
                            "How long a sandbox may take to start; auto: 2m, or what this host"
                                    + " needs",
                            "auto",
                            Duration.ofSeconds(1),
                            Duration.ofHours(1))
                    .orAuto();

    static final Setting<Optional<Duration>> INTERPRETER_TIMEOUT =
            Setting.duration(
                            "sandbox.interpreter_timeout",
                            "How long a language's interpreter may take to start; auto:"
                                    + " 2m, or what this host needs",
                            "auto",
                            Duration.ofSeconds(1),
                            Duration.ofHours(1))
                    .orAuto();

    static final List<Setting<?>> SETTINGS =
            List.of(IMAGE, CPUS, MEMORY, TIME_ZONE, START_TIMEOUT, INTERPRETER_TIMEOUT);

    private SandboxSettings() {}

    static SandboxConfig read(LimitsConfig limits, SettingValues values) {
        SandboxConfig sandbox =
                new SandboxConfig(
                        values.read(IMAGE),
                        values.read(CPUS),
                        values.read(MEMORY),
                        SandboxConfig.DEFAULT.hostName(),
                        values.read(TIME_ZONE),
                        values.read(START_TIMEOUT).orElse(null),
                        values.read(INTERPRETER_TIMEOUT).orElse(null));
        values.checkFits(CPUS, sandbox.cpus(), LimitsConfig.CPUS, limits.cpus());
        values.checkFits(MEMORY, sandbox.memoryBytes(), LimitsConfig.MEMORY, limits.memoryBytes());
        return sandbox;
    }

    /** The sandbox configuration of a namespace: {@code sandbox} with what it overrides. */
    static SandboxConfig ofNamespace(
            String name, SandboxConfig sandbox, LimitsConfig limits, SettingValues values) {
        Setting<String> image = NamespaceConfig.own(name, IMAGE);
        Setting<Integer> cpus = NamespaceConfig.own(name, CPUS);
        Setting<Long> memory = NamespaceConfig.own(name, MEMORY);
        SandboxConfig own = sandbox;
        if (values.show(image)) {
            own = own.withImage(values.read(image));
        }
        if (values.show(cpus)) {
            own = own.withCpus(values.read(cpus));
            values.checkFits(cpus, own.cpus(), LimitsConfig.CPUS, limits.cpus());
        }
        if (values.show(memory)) {
            own = own.withMemoryBytes(values.read(memory));
            values.checkFits(memory, own.memoryBytes(), LimitsConfig.MEMORY, limits.memoryBytes());
        }
        Setting<Optional<Duration>> start = NamespaceConfig.own(name, START_TIMEOUT);
        Setting<Optional<Duration>> interpreter = NamespaceConfig.own(name, INTERPRETER_TIMEOUT);
        if (values.show(start)) {
            own = own.withStartTimeout(values.read(start).orElse(null));
        }
        if (values.show(interpreter)) {
            own = own.withInterpreterTimeout(values.read(interpreter).orElse(null));
        }
        return own;
    }

    private static String image(String text) {
        if (!GuestAssetStore.isImageName(text.strip())) {
            throw new IllegalArgumentException(
                    "1 to 63 of a-z, 0-9, - and _, the first a letter or a digit");
        }
        return text.strip();
    }

    private static String timeZone(String text) {
        if (!SandboxConfig.isTimeZone(text.strip())) {
            throw new IllegalArgumentException("a name of the tz database, such as Europe/Zurich");
        }
        return text.strip();
    }
}
