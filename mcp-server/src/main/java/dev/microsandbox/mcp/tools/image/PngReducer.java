package dev.microsandbox.mcp.tools.image;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * Reduces the size of PNG images. It supports only PNG, which the JDK decodes in Java. The JDK's
 * JPEG decoder is a C library, which must not process untrusted bytes in this process.
 */
final class PngReducer {

    /** Maximum number of pixels; larger images would take seconds. */
    private static final long MAX_PIXELS = 50_000_000;

    /** Maximum width in pixels, because the decoder always decodes whole rows. */
    private static final int MAX_WIDTH = 100_000;

    /**
     * Allows one reduction at a time in the whole server. However many guests produce images of the
     * maximum size at once, together they use only the memory and the processor of one reduction.
     */
    private static final Semaphore TURN = new Semaphore(1, true);

    private PngReducer() {}

    /**
     * Reduces an image until it is within {@link ShownImage}'s limits.
     *
     * @param header the header of {@code data}
     * @return a PNG; empty if that is not possible
     */
    static Optional<byte[]> reduce(byte[] data, ImageHeader header) {
        long pixels = (long) header.width() * header.height();
        if (!header.mimeType().equals("image/png")
                || pixels > MAX_PIXELS
                || header.width() > MAX_WIDTH) {
            return Optional.empty();
        }
        TURN.acquireUninterruptibly();
        try {
            return fitting(decode(data, header, ShownImage.MAX_SIDE));
        } catch (IOException | RuntimeException e) {
            // The decoder reports damaged images with various exceptions, including unchecked ones.
            return Optional.empty();
        } finally {
            TURN.release();
        }
    }

    private static Optional<byte[]> fitting(BufferedImage image) throws IOException {
        for (int side = ShownImage.MAX_SIDE; side >= 250; side /= 2) {
            byte[] png = encode(scale(image, side));
            if (png.length <= ShownImage.MAX_BYTES) {
                return Optional.of(png);
            }
        }
        return Optional.empty();
    }

    /** Decodes every n-th pixel, so that at most four times the wanted pixels are in memory. */
    private static BufferedImage decode(byte[] data, ImageHeader header, int side)
            throws IOException {
        ImageReader reader = ImageIO.getImageReadersByFormatName("png").next();
        try (ImageInputStream in =
                new MemoryCacheImageInputStream(new ByteArrayInputStream(data))) {
            reader.setInput(in, true, true);
            int step = Math.ceilDiv(Math.max(header.width(), header.height()), 2 * side);
            ImageReadParam param = reader.getDefaultReadParam();
            param.setSourceSubsampling(step, step, 0, 0);
            return reader.read(0, param);
        } finally {
            reader.dispose();
        }
    }

    /** Averages areas, in premultiplied colour, until neither side is longer than {@code side}. */
    private static BufferedImage scale(BufferedImage source, int side) {
        int width = source.getWidth();
        int height = source.getHeight();
        double factor = Math.min(1, (double) side / Math.max(width, height));
        int newWidth = Math.max(1, (int) (width * factor));
        int newHeight = Math.max(1, (int) (height * factor));
        BufferedImage target = new BufferedImage(newWidth, newHeight, BufferedImage.TYPE_INT_ARGB);
        for (int y = 0; y < newHeight; y++) {
            int top = (int) ((long) y * height / newHeight);
            int bottom = Math.max(top + 1, (int) ((long) (y + 1) * height / newHeight));
            int[] rows = source.getRGB(0, top, width, bottom - top, null, 0, width);
            for (int x = 0; x < newWidth; x++) {
                int left = (int) ((long) x * width / newWidth);
                int right = Math.max(left + 1, (int) ((long) (x + 1) * width / newWidth));
                target.setRGB(x, y, average(rows, width, left, right, bottom - top));
            }
        }
        return target;
    }

    private static int average(int[] rows, int width, int left, int right, int height) {
        long alpha = 0;
        long red = 0;
        long green = 0;
        long blue = 0;
        for (int y = 0; y < height; y++) {
            for (int x = left; x < right; x++) {
                int pixel = rows[y * width + x];
                int a = pixel >>> 24;
                alpha += a;
                red += (long) a * ((pixel >> 16) & 0xFF);
                green += (long) a * ((pixel >> 8) & 0xFF);
                blue += (long) a * (pixel & 0xFF);
            }
        }
        if (alpha == 0) {
            return 0;
        }
        long opacity = alpha / ((long) (right - left) * height);
        return (int)
                ((opacity << 24) | ((red / alpha) << 16) | ((green / alpha) << 8) | (blue / alpha));
    }

    private static byte[] encode(BufferedImage image) throws IOException {
        var bytes = new ByteArrayOutputStream();
        // With an explicit memory stream, ImageIO creates no temporary file.
        try (var out = new MemoryCacheImageOutputStream(bytes)) {
            if (!ImageIO.write(image, "png", out)) {
                throw new IOException("no PNG encoder");
            }
        }
        return bytes.toByteArray();
    }
}
