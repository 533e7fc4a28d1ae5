package dev.microsandbox.mcp.tools.media;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Locale;

/**
 * The type of a file, from its first bytes and, for text and zip archives, from its name.
 *
 * @param name the MIME type
 * @param isText whether the file is read as UTF-8
 */
public record MediaType(String name, boolean isText) {

    private static final String SVG = "image/svg+xml";
    private static final int MARKUP = 1024;

    /**
     * Determines the type of a file.
     *
     * @param prefix its first bytes, some thousand if the file has as many
     */
    public static MediaType of(byte[] prefix, String path) {
        if (startsWith(prefix, 0xFF, 0xFE) || startsWith(prefix, 0xFE, 0xFF)) {
            String order = prefix[0] == (byte) 0xFF ? "le" : "be";
            return new MediaType("text/plain; charset=utf-16" + order, false);
        }
        return Signatures.find(prefix)
                .map(format -> new MediaType(named(format, path), false))
                .orElseGet(() -> unsigned(prefix, path));
    }

    private static String named(String format, String path) {
        return format.equals("application/zip") ? Extensions.ofZip(path).orElse(format) : format;
    }

    private static MediaType unsigned(byte[] prefix, String path) {
        for (byte b : prefix) {
            if (b == 0) {
                // Check "BM" only for binary data: two letters may also begin a text.
                boolean bitmap = startsWith(prefix, 'B', 'M');
                return new MediaType(bitmap ? "image/bmp" : "application/octet-stream", false);
            }
        }
        return new MediaType(
                isSvg(prefix) ? SVG : Extensions.ofText(path).orElse("text/plain"), true);
    }

    /** Whether a text is SVG. The svg element may follow a declaration and comments. */
    private static boolean isSvg(byte[] prefix) {
        String text =
                new String(prefix, 0, Math.min(prefix.length, MARKUP), ISO_8859_1)
                        .stripLeading()
                        .toLowerCase(Locale.ROOT);
        return text.startsWith("<svg")
                || ((text.startsWith("<?xml") || text.startsWith("<!--")) && text.contains("<svg"));
    }

    private static boolean startsWith(byte[] prefix, int first, int second) {
        return prefix.length >= 2 && prefix[0] == (byte) first && prefix[1] == (byte) second;
    }
}
