package dev.microsandbox.mcp.config;

import java.util.List;
import java.util.stream.Stream;

/** The list of all settings. Each setting is declared in the class of its group. */
public final class Settings {

    /** All settings in printing order. */
    public static final List<Setting<?>> ALL =
            Stream.of(
                            HttpConfig.SETTINGS,
                            LimitsConfig.SETTINGS,
                            ServerConfig.SETTINGS,
                            RunConfig.SETTINGS,
                            SandboxSettings.SETTINGS,
                            QuotaConfig.SETTINGS,
                            SessionConfig.SETTINGS,
                            CheckpointConfig.SETTINGS,
                            PoolConfig.SETTINGS,
                            TemplateConfig.SETTINGS,
                            QemuConfig.SETTINGS)
                    .<Setting<?>>flatMap(List::stream)
                    .toList();

    private Settings() {}
}
