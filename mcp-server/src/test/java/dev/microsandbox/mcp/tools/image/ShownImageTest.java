package dev.microsandbox.mcp.tools.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class ShownImageTest {

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
