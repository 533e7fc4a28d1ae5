package dev.microsandbox.mcp.units;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Converts between byte counts and text. Units are binary: 1 K is 1024 bytes. */
public final class ByteSize {

    /** What {@link #parse} accepts, in words. */
    public static final String SYNTAX = "a number and a unit: K, M, G or T, for example 512M or 8G";

    private static final Pattern PATTERN = Pattern.compile("(\\d{1,18})(?:([KMGT])(?:I?B)?|B)?");
    private static final String UNITS = "KMGT";

    private ByteSize() {}

    /**
     * Reads a size such as {@code 512M}, {@code 8GiB} or {@code 1048576}.
     *
     * @return bytes
     * @throws IllegalArgumentException if the text is not a size; the message says what is allowed
     */
    public static long parse(String text) {
        Matcher matcher = PATTERN.matcher(text.strip().toUpperCase(Locale.ROOT));
        if (!matcher.matches()) {
            throw new IllegalArgumentException("must be " + SYNTAX);
        }
        long number = Long.parseLong(matcher.group(1));
        String unit = matcher.group(2);
        int shift = unit == null ? 0 : 10 * (UNITS.indexOf(unit) + 1);
        if (number > Long.MAX_VALUE >> shift) {
            throw new IllegalArgumentException("is too large; it must be " + SYNTAX);
        }
        return number << shift;
    }

    /** The shortest text that {@link #parse} reads as exactly {@code bytes}. */
    public static String compact(long bytes) {
        int unit = 0;
        long number = bytes;
        while (unit < UNITS.length() && number != 0 && number % 1024 == 0) {
            number /= 1024;
            unit++;
        }
        return unit == 0 ? Long.toString(number) : number + UNITS.substring(unit - 1, unit);
    }

    /**
     * The size as text for people, rounded to three digits: {@code 17 bytes}, {@code 34.2 KiB},
     * {@code 512 MiB}.
     */
    public static String inWords(long bytes) {
        if (bytes < 1024) {
            return bytes == 1 ? "1 byte" : bytes + " bytes";
        }
        int unit = 0;
        double number = bytes;
        while (number >= 1024 && unit < UNITS.length()) {
            number /= 1024;
            unit++;
        }
        String digits = String.format(Locale.ROOT, number < 100 ? "%.1f" : "%.0f", number);
        // 8.0 GiB reads as a measurement, 8 GiB as a configured value.
        String shortest = new BigDecimal(digits).stripTrailingZeros().toPlainString();
        return shortest + " " + UNITS.charAt(unit - 1) + "iB";
    }
}
