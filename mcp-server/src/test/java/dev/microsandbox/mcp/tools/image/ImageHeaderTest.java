package dev.microsandbox.mcp.tools.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HexFormat;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageHeaderTest {

    private static final String[] SAMPLES = {
        "89504e470d0a1a0a0000000d494844520000028000000 1e00806000000".replace(" ", ""),
        "4749463839618002e001f70000",
        "ffd8ffe000104a46494600010100000100010000ffc000110801e00280030122",
        "52494646ffffffff574542505650385 80a000000000000007f0200df0100".replace(" ", ""),
    };

    @ParameterizedTest
    @CsvSource({
        "image/png,  640, 480, 89504e470d0a1a0a0000000d4948445200000280000001e008060000",
        "image/gif,  640, 480, 4749463839618002e001f70000",
        "image/jpeg, 640, 480, ffd8ffe000104a46494600010100000100010000ffc000110801e00280030122",
        "image/jpeg, 640, 480, ffd8ffe00002ffffffc200110801e00280030122",
        "image/webp, 640, 480, 52494646ffffffff574542505650385 80a000000000000007f0200df0100",
        "image/webp, 640, 480, 52494646ffffffff574542505650384cffffffff2f7fc27700000000000000",
        "image/webp, 640, 480, 52494646ffffffff574542505650382 0ffffffff3001009d012a8002e001"
    })
    void readsTheDimensions(String type, int width, int height, String hex) {
        assertThat(ImageHeader.read(bytes(hex))).contains(new ImageHeader(type, width, height));
    }

    @ParameterizedTest
    @CsvSource({
        "text, 68656c6c6f20776f726c642c2068656c6c6f20776f726c64",
        "no width, 89504e470d0a1a0a0000000d4948445200000000000001e008060000",
        "negative height, 89504e470d0a1a0a0000000d4948445200000280ffffffff08060000",
        "no frame, ffd8ffe000104a46494600010100000100010000"
    })
    void recognisesWhatIsNoImage(String name, String hex) {
        assertThat(ImageHeader.read(bytes(hex))).as(name).isEmpty();
    }

    @Property
    void survivesTruncatedAndDamagedImages(
            @ForAll @IntRange(max = 3) int sample,
            @ForAll @IntRange(max = 40) int length,
            @ForAll @Size(4) byte[] damage,
            @ForAll @IntRange(min = 2, max = 30) int at) {
        byte[] data = Arrays.copyOf(bytes(SAMPLES[sample]), length);
        for (int i = 0; i < damage.length && at + i < data.length; i++) {
            data[at + i] = damage[i];
        }
        assertThat(ImageHeader.read(data).stream()).allMatch(h -> h.width() > 0 && h.height() > 0);
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }
}
