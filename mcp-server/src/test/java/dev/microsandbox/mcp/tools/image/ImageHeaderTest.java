package dev.microsandbox.mcp.tools.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.microsandbox.mcp.SeededCases;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
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

    @Test
    void survivesTruncatedAndDamagedImages() {
        SeededCases.check(
                1000,
                values -> {
                    byte[] data =
                            Arrays.copyOf(bytes(values.oneOf(SAMPLES)), values.between(0, 40));
                    int at = values.between(2, 30);
                    for (int i = at; i < Math.min(at + 4, data.length); i++) {
                        data[i] = (byte) values.between(0, 255);
                    }
                    assertSensible(data);
                });
    }

    @FuzzTest
    void anyBytesAreAnImageOrNone(byte[] data) {
        assertSensible(data);
    }

    private static void assertSensible(byte[] data) {
        assertThat(ImageHeader.read(data).stream()).allMatch(h -> h.width() > 0 && h.height() > 0);
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }
}
