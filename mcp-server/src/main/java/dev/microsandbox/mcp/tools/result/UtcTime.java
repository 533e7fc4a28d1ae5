package dev.microsandbox.mcp.tools.result;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/** Formats points in time for the results of tools. */
public final class UtcTime {

    private static final DateTimeFormatter MINUTES =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT).withZone(ZoneOffset.UTC);

    private UtcTime() {}

    /** ISO 8601 in UTC with a precision of a second. */
    public static String text(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** Date and time in UTC with a precision of a minute, as in lists of files. */
    public static String minutes(Instant instant) {
        return MINUTES.format(instant);
    }
}
