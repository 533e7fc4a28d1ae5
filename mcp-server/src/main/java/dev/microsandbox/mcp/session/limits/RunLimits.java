package dev.microsandbox.mcp.session.limits;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * What code may be run, and for how long.
 *
 * @param timeout the time-out of code and commands whose call gives none
 * @param languages names of the languages that are offered, in lower case; empty for all that the
 *     image has
 */
public record RunLimits(Duration timeout, List<String> languages) {

    public RunLimits {
        languages = List.copyOf(languages);
    }

    /** Whether this name is among those of the languages that are offered. */
    public boolean offers(String name) {
        return languages.isEmpty() || languages.contains(name.toLowerCase(Locale.ROOT));
    }

    /** Whether a language is offered under any of its names. */
    public boolean offers(String name, List<String> aliases) {
        return offers(name) || aliases.stream().anyMatch(this::offers);
    }
}
