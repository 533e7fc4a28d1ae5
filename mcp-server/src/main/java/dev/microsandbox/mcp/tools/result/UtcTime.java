package dev.microsandbox.mcp.tools.result;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/** Points in time as tools write them. */
public final class UtcTime {

    private static final DateTimeFormatter MINUTES =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT).withZone(ZoneOffset.UTC);

    private UtcTime() {}

    /** In UTC, to the second, as in ISO 8601. */
    public static String text(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** In UTC, to the minute, as in lists of files. */
    public static String minutes(Instant instant) {
        return MINUTES.format(instant);
    }
}
