package dev.microsandbox.mcp.tools.image;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class ShownImageTest {

    /** Whatever a guest presents as an image, the shown image is within the limits. */
    @FuzzTest
    void anyBytesAreFitToBeShownOrLeftOut(byte[] data) {
        ShownImage.of(data)
                .ifPresent(
                        shown -> {
                            assertThat(shown.data()).hasSizeLessThanOrEqualTo(ShownImage.MAX_BYTES);
                            assertThat(shown.header().width()).isBetween(1, ShownImage.MAX_SIDE);
                            assertThat(shown.header().height()).isBetween(1, ShownImage.MAX_SIDE);
                        });
    }

    @Test
    void passesASmallImageOnUntouched() throws IOException {
        byte[] png = png(plain(640, 480));
        ShownImage shown = ShownImage.of(png).orElseThrow();
        assertThat(shown.data()).isSameAs(png);
        assertThat(shown.isReduced()).isFalse();
    }

    @Test
    void reducesAWideImageKeepingItsShapeAndColour() throws IOException {
        ShownImage shown = ShownImage.of(png(plain(5000, 1000))).orElseThrow();
        assertThat(shown.isReduced()).isTrue();
        assertThat(shown.header()).isEqualTo(new ImageHeader("image/png", 2000, 400));
        BufferedImage decoded = ImageIO.read(new ByteArrayInputStream(shown.data()));
        assertThat(new Color(decoded.getRGB(1000, 200))).isEqualTo(Color.ORANGE);
    }

    @Test
    void reducesAnImageOfManyBytes() throws IOException {
        BufferedImage noise = plain(1500, 1500);
        Random random = new Random(1);
        for (int y = 0; y < 1500; y++) {
            for (int x = 0; x < 1500; x++) {
                noise.setRGB(x, y, random.nextInt());
            }
        }
        byte[] png = png(noise);
        assertThat(png.length).isGreaterThan(ShownImage.MAX_BYTES);

        Optional<ShownImage> shown = ShownImage.of(png);

        assertThat(shown).isPresent();
        assertThat(shown.get().data().length).isLessThanOrEqualTo(ShownImage.MAX_BYTES);
    }

    @Test
    void refusesAnImageWhoseHeaderPromisesBillionsOfPixels() throws IOException {
        byte[] png = png(plain(10, 10));
        ByteBuffer.wrap(png).putInt(16, 60_000).putInt(20, 60_000);
        assertThat(ShownImage.of(png)).isEmpty();
    }

    /** A few bytes that would decode to hundreds of megabytes. */
    @Test
    void refusesARowThatWouldBeDecodedWhole() {
        assertThat(ShownImage.of(zeros(50_000_000, 1))).isEmpty();
    }

    @Test
    void decodesNoMoreOfAVastImageThanIsWanted() {
        ShownImage shown = ShownImage.of(zeros(4400, 4400)).orElseThrow();
        assertThat(shown.header()).isEqualTo(new ImageHeader("image/png", 2000, 2000));
    }

    @Test
    void textThatUnpacksToVeryMuchIsNotUnpacked() {
        byte[] bomb = deflated(1 << 28);
        byte[] text =
                ByteBuffer.allocate(bomb.length + 3)
                        .put((byte) 'k')
                        .putShort((short) 0)
                        .put(bomb)
                        .array();
        byte[] png = zeros(3000, 10);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(png, 0, 33);
        all.writeBytes(chunk("zTXt", text));
        all.write(png, 33, png.length - 33);
        assertThat(ShownImage.of(all.toByteArray())).isPresent();
    }

    /** A black image with 16 bits per channel, which compresses well. */
    private static byte[] zeros(int width, int height) {
        byte[] header =
                ByteBuffer.allocate(13)
                        .putInt(width)
                        .putInt(height)
                        .put(new byte[] {16, 6, 0, 0, 0})
                        .array();
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        png.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'});
        png.writeBytes(chunk("IHDR", header));
        png.writeBytes(chunk("IDAT", deflated((1 + 8L * width) * height)));
        png.writeBytes(chunk("IEND", new byte[0]));
        return png.toByteArray();
    }

    private static byte[] chunk(String type, byte[] data) {
        ByteBuffer body =
                ByteBuffer.allocate(4 + data.length).put(type.getBytes(US_ASCII)).put(data);
        CRC32 checksum = new CRC32();
        checksum.update(body.array());
        return ByteBuffer.allocate(data.length + 12)
                .putInt(data.length)
                .put(body.array())
                .putInt((int) checksum.getValue())
                .array();
    }

    private static byte[] deflated(long zeros) {
        Deflater deflater = new Deflater(Deflater.BEST_SPEED);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] buffer = new byte[1 << 16];
        for (long left = zeros; left > 0; left -= buffer.length) {
            deflater.setInput(new byte[(int) Math.min(left, buffer.length)]);
            while (!deflater.needsInput()) {
                out.write(buffer, 0, deflater.deflate(buffer));
            }
        }
        deflater.finish();
        while (!deflater.finished()) {
            out.write(buffer, 0, deflater.deflate(buffer));
        }
        deflater.end();
        return out.toByteArray();
    }

    @Test
    void refusesADamagedImage() throws IOException {
        byte[] png = png(plain(3000, 3000));
        for (int i = 60; i < png.length; i++) {
            png[i] ^= 0x55;
        }
        assertThat(ShownImage.of(png)).isEmpty();
    }

    private static BufferedImage plain(int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, Color.ORANGE.getRGB());
            }
        }
        return image;
    }

    private static byte[] png(BufferedImage image) throws IOException {
        var bytes = new ByteArrayOutputStream();
        ImageIO.write(image, "png", bytes);
        return bytes.toByteArray();
    }
}
