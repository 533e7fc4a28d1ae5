package dev.microsandbox.mcp.tools.output;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Optional;

/** UTF-8 operations that do not silently replace invalid bytes. */
public final class Utf8 {

    private Utf8() {}

    /** The decoded text; empty if the bytes are not valid UTF-8. */
    public static Optional<String> decode(byte[] bytes) {
        try {
            return Optional.of(UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    /**
     * The number of bytes that {@link String#getBytes} would return, without allocating them. An
     * unpaired surrogate counts as the question mark that replaces it.
     */
    public static long length(String text) {
        long bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                bytes++;
            } else if (c < 0x800) {
                bytes += 2;
            } else if (!Character.isSurrogate(c)) {
                bytes += 3;
            } else if (i + 1 < text.length() && Character.isSurrogatePair(c, text.charAt(i + 1))) {
                bytes += 4;
                i++;
            } else {
                bytes++;
            }
        }
        return bytes;
    }

    /** The number of bytes without an incomplete character at the end. */
    public static int wholeCharacters(byte[] bytes) {
        for (int i = bytes.length - 1; i >= 0 && i >= bytes.length - 3; i--) {
            int b = bytes[i] & 0xFF;
            if (b >= 0xC0) {
                // A byte above 0xF4 does not begin a character, so no more bytes are expected.
                int length = b > 0xF4 ? 1 : b >= 0xF0 ? 4 : b >= 0xE0 ? 3 : 2;
                return bytes.length - i < length ? i : bytes.length;
            }
            if (b < 0x80) {
                break;
            }
        }
        return bytes.length;
    }

    /** The number of bytes at the beginning that belong to an earlier character: 0 to 3. */
    public static int restOfCharacter(byte[] bytes) {
        int rest = 0;
        while (rest < 3 && rest < bytes.length && (bytes[rest] & 0xC0) == 0x80) {
            rest++;
        }
        return rest;
    }
}
