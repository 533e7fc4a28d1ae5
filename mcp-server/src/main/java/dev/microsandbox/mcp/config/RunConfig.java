package dev.microsandbox.mcp.config;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * What code may be run, and for how long.
 *
 * @param timeout time-out of code and commands if the call gives none
 * @param languages names of the languages that are offered, in lower case; empty for all that the
 *     image has
 */
public record RunConfig(Duration timeout, List<String> languages) {

    private static final Pattern LANGUAGE = Pattern.compile("[a-z0-9+#._-]{1,40}");

    static final Setting<Duration> TIMEOUT =
            Setting.duration(
                    "run.timeout",
                    "Time-out of code and commands if the call gives none",
                    "30s",
                    Duration.ofMillis(100),
                    Duration.ofHours(1));

    static final Setting<List<String>> LANGUAGES =
            Setting.of(
                    "languages",
                    "Languages, separated by commas, that run_code offers; auto: all that the image"
                            + " has",
                    "auto",
                    RunConfig::languages);

    static final List<Setting<?>> SETTINGS = List.of(LANGUAGES, TIMEOUT);

    public RunConfig {
        languages = List.copyOf(languages);
    }

    static RunConfig read(SettingValues values) {
        return new RunConfig(values.read(TIMEOUT), values.read(LANGUAGES));
    }

    /** What holds for a namespace: its own values, else those of this record. */
    RunConfig ofNamespace(String name, SettingValues values) {
        return new RunConfig(
                NamespaceConfig.read(name, TIMEOUT, timeout, values),
                NamespaceConfig.read(name, LANGUAGES, languages, values));
    }

    private static List<String> languages(String text) {
        List<String> names =
                Arrays.stream(text.toLowerCase(Locale.ROOT).split(",", -1))
                        .map(String::strip)
                        .filter(Predicate.not(String::isEmpty))
                        .distinct()
                        .toList();
        if (names.isEmpty() || !names.stream().allMatch(LANGUAGE.asMatchPredicate())) {
            throw new IllegalArgumentException("auto, or names of languages, separated by commas");
        }
        return names.equals(List.of("auto")) ? List.of() : names;
    }
}
