package dev.microsandbox.mcp.tools;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Moments as tools write them. */
final class Moment {

    private Moment() {}

    /** In UTC, to the second, as in ISO 8601. */
    static String text(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
