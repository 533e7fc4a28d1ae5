package dev.microsandbox.mcp.text;

import org.jspecify.annotations.Nullable;

/**
 * The message of an exception as a client may see it. The exceptions of the library are written for
 * the operator: they name files of this machine, and quote QEMU and the guest's console.
 */
public final class ClientText {

    /** Maximum length, in characters. The last lines of a guest's console fit. */
    private static final int MAX = 8000;

    private ClientText() {}

    /**
     * The message without paths of this machine, class names and control characters, and of bounded
     * length.
     */
    public static String of(@Nullable String message) {
        return ControlCharacters.visible(HostText.withoutHost(message), MAX);
    }
}
