package dev.microsandbox.mcp.tools.image;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.ImageWriter;
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

    /** The turns of the whole server. */
    static final ImageTurns TURNS = new ImageTurns();

    private final Deadline deadline;

    private PngReducer(Deadline deadline) {
        this.deadline = deadline;
    }

    /**
     * Reduces an image until it is within {@link ShownImage}'s limits.
     *
     * @param header the header of {@code data}
     * @return a PNG; empty if that is not possible
     * @throws ImageTimeException if the current call has no time left for it
     */
    static Optional<byte[]> reduce(byte[] data, ImageHeader header) {
        long pixels = (long) header.width() * header.height();
        if (!header.mimeType().equals("image/png")
                || pixels > MAX_PIXELS
                || header.width() > MAX_WIDTH) {
            return Optional.empty();
        }
        try {
            return inTurn(data, header, ImageWork.current());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ImageTimeException("the call was cancelled");
        }
    }

    private static Optional<byte[]> inTurn(byte[] data, ImageHeader header, ImageWork work)
            throws InterruptedException {
        if (work.workLeft() <= 0) {
            throw new ImageTimeException("the images of this call take too long to make smaller");
        }
        long arrived = System.nanoTime();
        boolean called = TURNS.take(work.namespace(), work.waitLeft());
        long begin = System.nanoTime();
        work.waited(begin - arrived);
        if (!called) {
            throw new ImageTimeException("the server has too many images to make smaller");
        }
        try {
            return reduce(data, header, new Deadline(work.workLeft()));
        } finally {
            work.worked(System.nanoTime() - begin);
        }
    }

    /**
     * Reduces an image on a thread of its own, which ends the turn. The calling thread may be
     * virtual, and would keep others from running meanwhile.
     */
    private static Optional<byte[]> reduce(byte[] data, ImageHeader header, Deadline deadline)
            throws InterruptedException {
        FutureTask<Optional<byte[]>> task =
                new FutureTask<>(() -> new PngReducer(deadline).reduced(data, header));
        boolean begun = false;
        try {
            Thread.ofPlatform()
                    .daemon()
                    .name("image-reduction")
                    .start(
                            () -> {
                                try {
                                    task.run();
                                } finally {
                                    TURNS.release();
                                }
                            });
            begun = true;
        } finally {
            if (!begun) {
                TURNS.release();
            }
        }
        Optional<byte[]> reduced;
        try {
            reduced = task.get();
        } catch (InterruptedException e) {
            deadline.cancel(); // its thread ends at the next row
            throw e;
        } catch (ExecutionException e) {
            throw new IllegalStateException("an image cannot be reduced", e.getCause());
        }
        if (reduced.isEmpty() && deadline.isOver()) {
            throw new ImageTimeException("it takes too long to make smaller");
        }
        return reduced;
    }

    private Optional<byte[]> reduced(byte[] data, ImageHeader header) {
        try {
            return fitting(decode(data, header, ShownImage.MAX_SIDE));
        } catch (IOException | RuntimeException e) {
            // The decoder reports damaged images with various exceptions, including unchecked ones.
            return Optional.empty();
        }
    }

    private Optional<byte[]> fitting(BufferedImage image) throws IOException {
        for (int side = ShownImage.MAX_SIDE; side >= 250; side /= 2) {
            byte[] png = encode(scale(image, side));
            if (png.length <= ShownImage.MAX_BYTES) {
                return Optional.of(png);
            }
        }
        return Optional.empty();
    }

    /** Decodes every n-th pixel, so that at most four times the wanted pixels are in memory. */
    private BufferedImage decode(byte[] data, ImageHeader header, int side) throws IOException {
        ImageReader reader = ImageIO.getImageReadersByFormatName("png").next();
        try (ImageInputStream in = new MemoryCacheImageInputStream(deadline.stream(data))) {
            deadline.watch(reader);
            reader.setInput(in, true, true);
            int step = Math.ceilDiv(Math.max(header.width(), header.height()), 2 * side);
            ImageReadParam param = reader.getDefaultReadParam();
            param.setSourceSubsampling(step, step, 0, 0);
            BufferedImage image = reader.read(0, param);
            deadline.check(); // an aborted reader returns what it has read
            return image;
        } finally {
            reader.dispose();
        }
    }

    /** Averages areas, in premultiplied colour, until neither side is longer than {@code side}. */
    private BufferedImage scale(BufferedImage source, int side) throws IOException {
        int width = source.getWidth();
        int height = source.getHeight();
        double factor = Math.min(1, (double) side / Math.max(width, height));
        int newWidth = Math.max(1, (int) (width * factor));
        int newHeight = Math.max(1, (int) (height * factor));
        BufferedImage target = new BufferedImage(newWidth, newHeight, BufferedImage.TYPE_INT_ARGB);
        for (int y = 0; y < newHeight; y++) {
            deadline.check();
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

    private byte[] encode(BufferedImage image) throws IOException {
        var bytes = new ByteArrayOutputStream();
        ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
        // With an explicit memory stream, ImageIO creates no temporary file.
        try (var out = new MemoryCacheImageOutputStream(bytes)) {
            deadline.watch(writer);
            writer.setOutput(out);
            writer.write(image);
        } finally {
            writer.dispose();
        }
        deadline.check(); // an aborted writer leaves a part
        return bytes.toByteArray();
    }
}
