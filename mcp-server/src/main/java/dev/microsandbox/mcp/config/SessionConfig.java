package dev.microsandbox.mcp.config;

import java.time.Duration;
import java.util.List;

/**
 * How long a session's sandbox lives.
 *
 * @param idleTimeout time after its last call until the sandbox is suspended or closed
 * @param lifetime age at which the sandbox is closed
 * @param suspend whether an idle sandbox is saved and continues with the next call, instead of
 *     being closed
 */
public record SessionConfig(Duration idleTimeout, Duration lifetime, boolean suspend) {

    static final Setting<Duration> IDLE_TIMEOUT =
            Setting.duration(
                    "session.idle_timeout",
                    "How long after its last call a session's sandbox is suspended or closed",
                    "15m",
                    Duration.ofSeconds(1),
                    Duration.ofDays(30));

    static final Setting<Duration> LIFETIME =
            Setting.duration(
                    "session.lifetime",
                    "Age at which a session's sandbox is closed",
                    "8h",
                    Duration.ofSeconds(1),
                    Duration.ofDays(365));

    static final Setting<Boolean> SUSPEND =
            Setting.flag(
                    "session.suspend",
                    "Save an idle sandbox to disk, so that it continues with the next"
                            + " call, instead of closing it",
                    "true");

    static final List<Setting<?>> SETTINGS = List.of(IDLE_TIMEOUT, LIFETIME, SUSPEND);

    static SessionConfig read(SettingValues values) {
        return new SessionConfig(
                values.read(IDLE_TIMEOUT), values.read(LIFETIME), values.read(SUSPEND));
    }

    /** What holds for a namespace: its own values, else those of this record. */
    SessionConfig ofNamespace(String name, SettingValues values) {
        return new SessionConfig(
                NamespaceConfig.read(name, IDLE_TIMEOUT, idleTimeout, values),
                NamespaceConfig.read(name, LIFETIME, lifetime, values),
                NamespaceConfig.read(name, SUSPEND, suspend, values));
    }
}
