package dev.microsandbox.mcp.config;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A setting of the server that a namespace can have for itself.
 *
 * @param setting the server's
 * @param key its key in the file of a namespace
 * @param since from when a change counts
 */
record NamespaceSetting(Setting<?> setting, String key, Since since) {

    /** From when a change counts, while a server runs. */
    enum Since {
        SESSION("for sessions that begin from now on"),
        SANDBOX("for sandboxes that start from now on"),
        CALL("for calls that begin from now on"),
        NOW("at once");

        private final String words;

        Since(String words) {
            this.words = words;
        }

        /** Completes "this counts …". */
        String inWords() {
            return words;
        }
    }

    /** All of them. Those with the same parent follow one another. */
    static final List<NamespaceSetting> ALL =
            Stream.of(
                            Stream.of(
                                    // Without their group, because they are the most common.
                                    new NamespaceSetting(
                                            SandboxSettings.IMAGE, "image", Since.SESSION),
                                    new NamespaceSetting(
                                            SandboxSettings.CPUS, "cpus", Since.SESSION),
                                    new NamespaceSetting(
                                            SandboxSettings.MEMORY, "memory", Since.SESSION)),
                            of(Since.CALL, RunConfig.LANGUAGES, RunConfig.TIMEOUT),
                            of(
                                    Since.SANDBOX,
                                    SandboxSettings.START_TIMEOUT,
                                    SandboxSettings.INTERPRETER_TIMEOUT),
                            of(Since.NOW, SessionConfig.SETTINGS),
                            of(Since.NOW, CheckpointConfig.SETTINGS),
                            of(Since.NOW, QuotaConfig.SETTINGS))
                    .flatMap(each -> each)
                    .toList();

    private static Stream<NamespaceSetting> of(Since since, Setting<?>... settings) {
        return of(since, Arrays.asList(settings));
    }

    private static Stream<NamespaceSetting> of(Since since, List<Setting<?>> settings) {
        return settings.stream()
                .map(setting -> new NamespaceSetting(setting, setting.key(), since));
    }

    /** The setting of this key in the file of a namespace; empty if there is none. */
    static Optional<NamespaceSetting> find(String key) {
        return ALL.stream().filter(each -> each.key.equals(key)).findFirst();
    }

    /** The key of a server's setting in the file of a namespace, which must have it. */
    static String keyOf(Setting<?> setting) {
        return ALL.stream()
                .filter(each -> each.setting.key().equals(setting.key()))
                .findFirst()
                .orElseThrow()
                .key;
    }
}
