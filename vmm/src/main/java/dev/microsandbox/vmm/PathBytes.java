package dev.microsandbox.vmm;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;

/**
 * Converts Linux file names, which may be any bytes, to strings and back without loss. A byte that
 * is not part of valid UTF-8 becomes an unpaired surrogate U+DC80 to U+DCFF. (Python calls this
 * {@code surrogateescape}.)
 */
public final class PathBytes {

    private static final char ESCAPED = 0xDC00;

    private PathBytes() {}

    /** Decodes a name. */
    public static String decode(byte[] bytes, int offset, int length) {
        CharsetDecoder decoder = UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(bytes, offset, length);
        CharBuffer out = CharBuffer.allocate(length);
        CoderResult result = decoder.decode(in, out, true);
        while (result.isError()) {
            for (int i = 0; i < result.length(); i++) {
                out.put((char) (ESCAPED | (in.get() & 0xFF)));
            }
            result = decoder.decode(in, out, true);
        }
        return out.flip().toString();
    }

    /** Encodes a name. An unpaired surrogate that does not stand for a byte becomes '?'. */
    public static byte[] encode(String name) {
        if (name.chars().noneMatch(c -> Character.isSurrogate((char) c))) {
            return name.getBytes(UTF_8);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int next = 0;
        for (int i = 0; i < name.length(); i += Character.charCount(name.codePointAt(i))) {
            int c = name.codePointAt(i);
            if (c >= 0xDC80 && c <= 0xDCFF) {
                bytes.writeBytes(name.substring(next, i).getBytes(UTF_8));
                bytes.write(c);
                next = i + 1;
            }
        }
        bytes.writeBytes(name.substring(next).getBytes(UTF_8));
        return bytes.toByteArray();
    }
}
