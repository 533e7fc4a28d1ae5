package dev.microsandbox.mcp.tools;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/** Points in time as tools write them. */
final class Moment {

    private static final DateTimeFormatter MINUTES =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT).withZone(ZoneOffset.UTC);

    private Moment() {}

    /** In UTC, to the second, as in ISO 8601. */
    static String text(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** In UTC, to the minute, as in lists of files. */
    static String minutes(Instant instant) {
        return MINUTES.format(instant);
    }
}
