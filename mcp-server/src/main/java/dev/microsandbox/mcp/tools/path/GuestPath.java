package dev.microsandbox.mcp.tools.path;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.microsandbox.vmm.PathBytes;
import java.io.ByteArrayOutputStream;
import java.util.HexFormat;

/**
 * Paths of a guest as they appear in calls and results. A Linux file name is a sequence of
 * arbitrary bytes. A name that text cannot express, or that looks like another on a screen, is
 * written as a {@code file:} URI (RFC 8089); every path may be given as such a URI. Internally a
 * path is a string in the encoding of {@link PathBytes}.
 */
public final class GuestPath {

    private static final String SCHEME = "file://";
    private static final String HOME = "/workspace";

    /** The unreserved characters of RFC 3986 other than letters and digits, and the slash. */
    private static final String LITERAL = "-._~/";

    private static final HexFormat BYTE = HexFormat.of().withUpperCase();

    private GuestPath() {}

    /**
     * Parses an argument. A leading {@code ~} means the home directory of the user that runs code,
     * as in a shell; a file of that name is {@code ./~}.
     *
     * @throws IllegalArgumentException whose message completes "NAME must be …"
     */
    public static String parse(String argument) {
        if (startsAtHome(argument)) {
            return HOME + argument.substring(1);
        }
        if (!argument.startsWith(SCHEME)) {
            return argument;
        }
        String rest = argument.substring(SCHEME.length());
        int slash = rest.indexOf('/');
        String host = slash < 0 ? rest : rest.substring(0, slash);
        if (slash < 0 || !(host.isEmpty() || host.equals("localhost"))) {
            throw new IllegalArgumentException(
                    "a path or a URI such as file:///workspace/notes.txt");
        }
        byte[] bytes = unescaped(rest.substring(slash));
        return PathBytes.decode(bytes, 0, bytes.length);
    }

    private static boolean startsAtHome(String path) {
        return path.equals("~") || path.startsWith("~/");
    }

    private static byte[] unescaped(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] escaped = text.getBytes(UTF_8);
        for (int i = 0; i < escaped.length; i++) {
            if (escaped[i] != '%') {
                bytes.write(escaped[i]);
                continue;
            }
            int high = i + 2 < escaped.length ? Character.digit(escaped[i + 1], 16) : -1;
            int low = i + 2 < escaped.length ? Character.digit(escaped[i + 2], 16) : -1;
            if (high < 0 || low < 0) {
                throw new IllegalArgumentException(
                        "a URI in which two hexadecimal digits follow every percent sign");
            }
            bytes.write(high << 4 | low);
            i += 2;
        }
        return bytes.toByteArray();
    }

    /** The path in a form that {@link #parse} reads as the same path. */
    public static String asArgument(String path) {
        return isText(path) && !startsAtHome(path) ? path : uri(path);
    }

    /**
     * Like {@link #asArgument}, but for a line of text: a path with control characters is a URI,
     * too.
     */
    public static String inLine(String path) {
        return isPlain(path) ? path : uri(path);
    }

    /**
     * Whether the path is shown as it is: it is text without control characters, and {@link #parse}
     * reads it as the same path.
     */
    public static boolean isPlain(String path) {
        return isText(path)
                && !startsAtHome(path)
                && path.codePoints().noneMatch(GuestPath::isInvisible);
    }

    private static boolean isInvisible(int c) {
        int type = Character.getType(c);
        return type == Character.CONTROL
                || type == Character.FORMAT
                || type == Character.LINE_SEPARATOR
                || type == Character.PARAGRAPH_SEPARATOR
                || c == '\uFFFD';
    }

    private static boolean isText(String path) {
        return path.codePoints().noneMatch(c -> c >= 0xD800 && c <= 0xDFFF);
    }

    /** The path as text. Replaces bytes that are not UTF-8 with U+FFFD. */
    public static String readable(String path) {
        return new String(PathBytes.encode(path), UTF_8);
    }

    /** Joins a directory and a relative path. */
    public static String join(String directory, String path) {
        return directory.endsWith("/") ? directory + path : directory + "/" + path;
    }

    /** The URI of a path. A relative path starts at {@code /workspace}. */
    public static String uri(String path) {
        StringBuilder uri = new StringBuilder(SCHEME);
        for (byte b : PathBytes.encode(path.startsWith("/") ? path : join(HOME, path))) {
            char c = (char) (b & 0xFF);
            boolean literal = c < 0x80 && (Character.isLetterOrDigit(c) || LITERAL.indexOf(c) >= 0);
            if (literal) {
                uri.append(c);
            } else {
                uri.append('%').append(BYTE.toHexDigits(b));
            }
        }
        return uri.toString();
    }
}
