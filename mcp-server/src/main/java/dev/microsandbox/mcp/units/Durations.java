package dev.microsandbox.mcp.units;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Converts between durations and text. */
public final class Durations {

    /** What {@link #parse} accepts, in words. */
    public static final String SYNTAX =
            "a number and a unit: ms, s, m, h or d, for example 30s, 15m, 8h or 30d";

    private static final Pattern PATTERN = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

    private Durations() {}

    /**
     * Reads a duration such as {@code 15m}.
     *
     * @throws IllegalArgumentException if the text is not a duration; the message says what is
     *     allowed
     */
    public static Duration parse(String text) {
        Matcher matcher = PATTERN.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            throw new IllegalArgumentException("must be " + SYNTAX);
        }
        long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
        };
    }

    /** The shortest text that {@link #parse} reads as {@code duration}, to the millisecond. */
    public static String compact(Duration duration) {
        long millis = duration.toMillis();
        if (millis % 1000 != 0) {
            return millis + "ms";
        }
        return compact(millis / 1000, "s", "m", "h", "d");
    }

    /**
     * The duration as text for people: {@code 45 s}, {@code 15 min}, {@code 8 h}, {@code 30 days}.
     */
    public static String inWords(Duration duration) {
        long seconds = duration.toSeconds();
        if (seconds == 0 && duration.isPositive()) {
            return duration.toMillis() + " ms";
        }
        return compact(seconds, " s", " min", " h", seconds == 86_400 ? " day" : " days");
    }

    /** The duration as text for people, in at most two units: {@code 7 h 59 min}, {@code 42 s}. */
    public static String roughly(Duration duration) {
        if (duration.toHours() > 0) {
            return "%d h %d min".formatted(duration.toHours(), duration.toMinutesPart());
        }
        return duration.toMinutes() > 0
                ? duration.toMinutes() + " min"
                : duration.toSeconds() + " s";
    }

    /** Seconds with one decimal, for measurements: {@code 1.2s}. */
    public static String measured(Duration duration) {
        return String.format(Locale.ROOT, "%.1fs", duration.toMillis() / 1000.0);
    }

    private static String compact(long seconds, String s, String m, String h, String d) {
        if (seconds == 0 || seconds % 60 != 0) {
            return seconds + s;
        }
        if (seconds % 3600 != 0) {
            return seconds / 60 + m;
        }
        return seconds % 86_400 != 0 ? seconds / 3600 + h : seconds / 86_400 + d;
    }
}
