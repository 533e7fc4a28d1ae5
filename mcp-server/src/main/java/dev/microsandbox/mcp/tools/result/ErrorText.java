package dev.microsandbox.mcp.tools.result;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.microsandbox.mcp.tools.output.TextCapture;

/** Makes short texts from a guest safe to show. */
public final class ErrorText {

    private static final int MAX_BYTES = 2000;

    private ErrorText() {}

    /** The text without control sequences. The middle of a long text is omitted. */
    public static String bounded(String text) {
        return TextCapture.of(text.getBytes(UTF_8), MAX_BYTES).shown("");
    }
}
