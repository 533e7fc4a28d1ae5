package dev.microsandbox.mcp.tools.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The type and size that an image declares in its first bytes. Reading the header decodes no
 * pixels, so it is safe for untrusted bytes.
 *
 * @param mimeType {@code image/png}, {@code image/jpeg}, {@code image/gif} or {@code image/webp}
 * @param width width in pixels, at least 1
 * @param height height in pixels, at least 1
 */
public record ImageHeader(String mimeType, int width, int height) {

    /**
     * Number of bytes that contain the header of all four formats, except of a JPEG with much
     * metadata.
     */
    public static final int ENOUGH_BYTES = 64 * 1024;

    private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

    /** Recognises an image by its bytes, whatever its name or declared type. */
    public static Optional<ImageHeader> read(byte[] data) {
        ByteBuffer in = ByteBuffer.wrap(data);
        Optional<ImageHeader> header = Optional.empty();
        if (startsWith(data, 0, PNG)) {
            header = png(data, in);
        } else if (startsWith(data, 0, "GIF87a") || startsWith(data, 0, "GIF89a")) {
            header = gif(in.order(ByteOrder.LITTLE_ENDIAN));
        } else if (startsWith(data, 0, "RIFF") && startsWith(data, 8, "WEBP")) {
            header = webp(data, in.order(ByteOrder.LITTLE_ENDIAN));
        } else if (data.length > 3 && in.getShort(0) == (short) 0xFFD8) {
            header = jpeg(in);
        }
        return header.filter(h -> h.width > 0 && h.height > 0);
    }

    /** Portable Network Graphics, section 11.2.1: IHDR is the first chunk. */
    private static Optional<ImageHeader> png(byte[] data, ByteBuffer in) {
        if (data.length < 24 || !startsWith(data, 12, "IHDR")) {
            return Optional.empty();
        }
        return Optional.of(new ImageHeader("image/png", in.getInt(16), in.getInt(20)));
    }

    /** GIF89a, section 18: the logical screen descriptor. */
    private static Optional<ImageHeader> gif(ByteBuffer in) {
        if (in.capacity() < 10) {
            return Optional.empty();
        }
        int width = Short.toUnsignedInt(in.getShort(6));
        int height = Short.toUnsignedInt(in.getShort(8));
        return Optional.of(new ImageHeader("image/gif", width, height));
    }

    /** ITU-T T.81, annex B: segments up to the start of a frame. */
    private static Optional<ImageHeader> jpeg(ByteBuffer in) {
        int at = 2;
        while (at + 9 <= in.capacity() && (in.get(at) & 0xFF) == 0xFF) {
            int marker = in.get(at + 1) & 0xFF;
            boolean startOfFrame =
                    marker >= 0xC0
                            && marker <= 0xCF
                            && marker != 0xC4
                            && marker != 0xC8
                            && marker != 0xCC;
            if (startOfFrame) {
                int height = Short.toUnsignedInt(in.getShort(at + 5));
                int width = Short.toUnsignedInt(in.getShort(at + 7));
                return Optional.of(new ImageHeader("image/jpeg", width, height));
            }
            // 0xFF may be repeated as fill; every segment before the frame has a length.
            at += marker == 0xFF ? 1 : 2 + Short.toUnsignedInt(in.getShort(at + 2));
        }
        return Optional.empty();
    }

    /** WebP container specification and RFC 6386, section 9.1. */
    private static Optional<ImageHeader> webp(byte[] data, ByteBuffer in) {
        if (data.length < 30) {
            return Optional.empty();
        }
        int width;
        int height;
        if (startsWith(data, 12, "VP8X")) {
            width = (in.getInt(24) & 0xFF_FFFF) + 1;
            height = (in.getInt(26) >>> 8) + 1;
        } else if (startsWith(data, 12, "VP8L")) {
            int bits = in.getInt(21);
            width = (bits & 0x3FFF) + 1;
            height = (bits >>> 14 & 0x3FFF) + 1;
        } else if (startsWith(data, 12, "VP8 ")) {
            width = in.getShort(26) & 0x3FFF;
            height = in.getShort(28) & 0x3FFF;
        } else {
            return Optional.empty();
        }
        return Optional.of(new ImageHeader("image/webp", width, height));
    }

    private static boolean startsWith(byte[] data, int at, String ascii) {
        return startsWith(data, at, ascii.getBytes(StandardCharsets.US_ASCII));
    }

    private static boolean startsWith(byte[] data, int at, byte[] expected) {
        if (data.length < at + expected.length) {
            return false;
        }
        for (int i = 0; i < expected.length; i++) {
            if (data[at + i] != expected[i]) {
                return false;
            }
        }
        return true;
    }
}
