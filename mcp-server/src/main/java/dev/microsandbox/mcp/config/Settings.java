package dev.microsandbox.mcp.config;

import java.util.List;
import java.util.stream.Stream;

/** Everything that can be configured. A setting is declared with the group that it belongs to. */
public final class Settings {

    /** All of them, in the order in which they are printed. */
    public static final List<Setting<?>> ALL =
            Stream.of(
                            HttpConfig.SETTINGS,
                            LimitsConfig.SETTINGS,
                            ServerConfig.SETTINGS,
                            SandboxSettings.SETTINGS,
                            SessionConfig.SETTINGS,
                            CheckpointConfig.SETTINGS,
                            PoolConfig.SETTINGS,
                            TemplateConfig.SETTINGS)
                    .<Setting<?>>flatMap(List::stream)
                    .toList();

    private Settings() {}
}
