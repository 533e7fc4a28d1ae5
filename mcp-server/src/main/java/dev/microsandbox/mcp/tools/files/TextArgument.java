package dev.microsandbox.mcp.tools.files;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.microsandbox.mcp.tools.definition.ToolException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;

/** Encodes an argument whose text becomes the bytes of a file. */
final class TextArgument {

    private TextArgument() {}

    /**
     * The UTF-8 bytes of an argument's text.
     *
     * @throws ToolException if the text has an unpaired surrogate, which UTF-8 cannot express
     */
    static byte[] utf8(String name, String text) {
        try {
            ByteBuffer encoded = UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            byte[] bytes = new byte[encoded.remaining()];
            encoded.get(bytes);
            return bytes;
        } catch (CharacterCodingException e) {
            throw new ToolException(
                    name
                            + " has an unpaired surrogate (\\ud800 to \\udfff), which is not text."
                            + " Use write_file with encoding=base64 for bytes.");
        }
    }
}
